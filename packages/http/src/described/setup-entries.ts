import { budgetCreate, budgetList, budgetPatch, budgetUsage } from '../admin/budget-schema.ts';
import { listQuery as connectionList } from '../admin/connection-routes.ts';
import { connectionCreate, connectionPatch, connectionTest, rewrapBody } from '../admin/connection-schema.ts';
import { listQuery as keyList } from '../admin/key-routes.ts';
import { keyCreate, keyPatch, keyRotate, noBody } from '../admin/key-schema.ts';
import { organizationPatch, projectCreate } from '../admin/organization-routes.ts';
import { projectPatch } from '../admin/rate-schema.ts';
import { listQuery as webhookList } from '../admin/webhook-routes.ts';
import { deliveryList, webhookCreate, webhookPatch, webhookRotate } from '../admin/webhook-schema.ts';
import { tokenCreate } from '../mint-token.ts';
import { BOTH, entriesOf, MAY, type RouteEntry, SHOWN, TAKEN } from './entry.ts';

const key = entriesOf('Keys');
const organization = entriesOf('Organization');
const budget = entriesOf('Budgets');
const connection = entriesOf('Connections');
const webhook = entriesOf('Webhooks');

const KEY_VERBS = {
  revoke: 'End a key for good',
  disable: 'Stop a key for now',
  enable: 'Let a disabled key work again',
} as const;

/** What an organization is set up of: itself, keys, budgets, connections, webhooks. */
export const SETUP_ENTRIES: readonly RouteEntry[] = [
  organization('GET /organization', 'getOrganization', 'The organization and its settings', {
    answer: 'The organization.',
    etag: SHOWN,
  }),
  organization('PATCH /organization', 'changeOrganization', 'Change settings of the organization', {
    roles: MAY.rule,
    body: organizationPatch,
    answer: 'The organization as it is then.',
    audited: true,
    etag: BOTH,
  }),
  organization('GET /projects', 'listProjects', 'Projects', { answer: 'All projects.', list: true }),
  organization('POST /projects', 'createProject', 'Make a project', {
    roles: MAY.build,
    body: projectCreate,
    status: 201,
    answer: 'The project; one of that name may have been there before.',
    audited: true,
  }),
  organization('PATCH /projects/:id', 'changeProject', 'Rename a project, or change its rate limits', {
    roles: MAY.rule,
    body: projectPatch,
    answer: 'The project as it is then.',
    audited: true,
    etag: BOTH,
  }),

  key('POST /keys', 'createKey', 'Make a virtual key', {
    roles: MAY.build,
    body: keyCreate,
    status: 201,
    answer: 'The key, with its `secret`: shown this once.',
    audited: true,
  }),
  key('GET /keys', 'listKeys', 'Virtual keys, newest first', {
    roles: MAY.see,
    query: keyList,
    answer: 'Keys, without secrets.',
    list: true,
  }),
  key('GET /keys/:id', 'getKey', 'One key, with what it has used', {
    roles: MAY.see,
    answer: 'The key.',
    etag: SHOWN,
  }),
  key('PATCH /keys/:id', 'changeKey', 'Change a key', {
    roles: MAY.build,
    body: keyPatch,
    answer: 'The key as it is then; in force from its next request on.',
    audited: true,
    etag: BOTH,
  }),
  key('POST /keys/:id/rotate', 'rotateKey', 'Give a key a new secret; the old one works on for a while', {
    roles: MAY.build,
    body: keyRotate,
    answer: 'The key, with its new `secret`: shown this once.',
    audited: true,
    etag: TAKEN,
  }),
  ...(['revoke', 'disable', 'enable'] as const).map((verb) =>
    key(`POST /keys/:id/${verb}`, `${verb}Key`, KEY_VERBS[verb], {
      roles: MAY.build,
      body: noBody,
      answer: 'The key as it is then; in force from its next request on.',
      audited: true,
      etag: BOTH,
    }),
  ),
  key(
    'POST /keys/:id/tokens',
    'createKeyToken',
    'Make a short-lived, narrower stand-in for a key, for a page',
    {
      roles: MAY.build,
      body: tokenCreate,
      status: 201,
      answer: 'The token, shown this once.',
      audited: true,
    },
  ),

  budget('POST /budgets', 'createBudget', 'Make a budget that keys share', {
    roles: MAY.money,
    body: budgetCreate,
    status: 201,
    answer: 'The budget.',
    audited: true,
    etag: SHOWN,
  }),
  budget('GET /budgets', 'listBudgets', 'Budgets that keys share, with what is spent and held', {
    query: budgetList,
    answer: 'Budgets.',
    list: true,
  }),
  budget('GET /budgets/:id', 'getBudget', 'One budget', { answer: 'The budget.', etag: SHOWN }),
  budget('GET /budgets/:id/usage', 'getBudgetUsage', 'What one subject has used of a budget', {
    query: budgetUsage,
    answer: 'The budget, for this subject.',
  }),
  budget('PATCH /budgets/:id', 'changeBudget', 'Change a budget', {
    roles: MAY.money,
    body: budgetPatch,
    answer: 'The budget as it is then.',
    audited: true,
    etag: BOTH,
  }),
  budget('DELETE /budgets/:id', 'deleteBudget', 'Remove a budget', {
    roles: MAY.money,
    answer: 'Its id.',
    audited: true,
    etag: TAKEN,
  }),

  connection('GET /providers', 'listProviders', 'Whom connections can be made to', {
    roles: MAY.see,
    answer:
      'Providers, with what a connection of each needs, and the connections that the deployment itself brings.',
    list: true,
  }),
  connection('POST /connections', 'createConnection', 'Connect a provider with a credential of yours', {
    roles: MAY.rule,
    body: connectionCreate,
    status: 201,
    answer: 'The connection; the credential is sealed and never shown again.',
    audited: true,
    etag: SHOWN,
  }),
  connection('GET /connections', 'listConnections', 'Connections to providers', {
    roles: MAY.see,
    query: connectionList,
    answer: 'Connections, without credentials.',
    list: true,
  }),
  connection('POST /connections/test', 'testNewConnection', 'Try a connection before it is stored', {
    roles: MAY.rule,
    body: connectionCreate,
    answer: 'What the test call came to.',
  }),
  connection('POST /connections/rewrap', 'rewrapConnections', 'Put data keys under the current master key', {
    roles: MAY.own,
    body: rewrapBody,
    answer: 'How many were rewrapped and how many are left.',
  }),
  connection('GET /connections/:id', 'getConnection', 'One connection', {
    roles: MAY.see,
    answer: 'The connection, without its credential.',
    etag: SHOWN,
  }),
  connection('PATCH /connections/:id', 'changeConnection', 'Change a connection', {
    roles: MAY.rule,
    body: connectionPatch,
    answer: 'The connection as it is then.',
    audited: true,
    etag: BOTH,
  }),
  connection('DELETE /connections/:id', 'deleteConnection', 'Remove a connection and its credential', {
    roles: MAY.rule,
    answer: 'Its id.',
    audited: true,
    etag: TAKEN,
  }),
  connection(
    'POST /connections/:id/test',
    'testConnection',
    'Call the provider of a stored connection once',
    {
      roles: MAY.build,
      body: connectionTest,
      answer: 'What the test call came to.',
    },
  ),

  webhook('POST /webhooks', 'createWebhook', 'Tell a service of yours what happens', {
    roles: MAY.rule,
    body: webhookCreate,
    status: 201,
    answer: 'The webhook, with its signing `secret`: shown this once.',
    audited: true,
    etag: SHOWN,
  }),
  webhook('GET /webhooks', 'listWebhooks', 'Webhooks', {
    roles: MAY.see,
    query: webhookList,
    answer: 'Webhooks, without secrets.',
    list: true,
  }),
  webhook('GET /webhooks/dead-events', 'listDeadEvents', 'Events that could not be told to any webhook', {
    roles: MAY.see,
    query: webhookList,
    answer: 'Events.',
    list: true,
  }),
  webhook('GET /webhooks/:id', 'getWebhook', 'One webhook', {
    roles: MAY.see,
    answer: 'The webhook.',
    etag: SHOWN,
  }),
  webhook('PATCH /webhooks/:id', 'changeWebhook', 'Change a webhook', {
    roles: MAY.rule,
    body: webhookPatch,
    answer: 'The webhook as it is then.',
    audited: true,
    etag: BOTH,
  }),
  webhook('DELETE /webhooks/:id', 'deleteWebhook', 'Remove a webhook', {
    roles: MAY.rule,
    answer: 'Its id.',
    audited: true,
    etag: TAKEN,
  }),
  webhook('POST /webhooks/:id/rotate', 'rotateWebhook', 'Give a webhook a new signing secret', {
    roles: MAY.rule,
    body: webhookRotate,
    answer: 'The webhook, with its new `secret`: shown this once.',
    audited: true,
    etag: BOTH,
  }),
  webhook('POST /webhooks/:id/test', 'testWebhook', 'Send one test message now', {
    roles: MAY.build,
    body: noBody,
    answer: 'What the endpoint answered.',
  }),
  webhook('GET /webhooks/:id/deliveries', 'listDeliveries', 'What was sent to a webhook, and how it went', {
    roles: MAY.see,
    query: deliveryList,
    answer: 'Deliveries, newest first.',
    list: true,
  }),
  webhook('POST /webhooks/:id/deliveries/:delivery/replay', 'replayDelivery', 'Send a delivery again', {
    roles: MAY.build,
    body: noBody,
    answer: 'The delivery.',
    audited: true,
  }),
];
