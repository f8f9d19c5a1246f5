import { activityQuery } from '../admin/activity-routes.ts';
import { listQuery as anomalyList } from '../admin/anomaly-routes.ts';
import { neverMatch } from '../admin/cache-routes.ts';
import { guardBody, guardPatch, guardRotate, tryBody } from '../admin/guard-schema.ts';
import { noBody } from '../admin/key-schema.ts';
import { listQuery as modelList, overrideBody } from '../admin/model-routes.ts';
import { poolBody, poolPatch, reportQuery } from '../admin/pool-routes.ts';
import { listQuery as priceChangeList } from '../admin/price-change-routes.ts';
import { dismissBody, recommendationList } from '../admin/recommendation-routes.ts';
import { importQuery, listQuery as reconciliationList } from '../admin/reconciliation-routes.ts';
import { chainQuery, healthHistoryQuery } from '../admin/report-routes.ts';
import { savedFilterCreate, savedFilterPatch } from '../admin/saved-filter-routes.ts';
import { simulateBody } from '../admin/simulate-routes.ts';
import { query as statementQuery } from '../admin/statement-routes.ts';
import {
  assistantBody,
  assistantPatch,
  chainBody,
  chainPatch,
  splitBody,
  splitPatch,
} from '../admin/stored-routes.ts';
import { traceExportQuery, traceQuery } from '../admin/trace-filter.ts';
import { usageQuery } from '../admin/usage-query.ts';
import { type AddEntry, BOTH, entriesOf, MAY, type RouteEntry, SHOWN, TAKEN } from './entry.ts';

const routing = entriesOf('Routing');
const model = entriesOf('Models');
const guard = entriesOf('Guards');
const cache = entriesOf('Cache');
const billing = entriesOf('Billing');
const report = entriesOf('Reports');

/** The five routes of what is stored under a name: their etag is the organization's. */
function storedEntries(
  add: AddEntry,
  one: string,
  what: string,
  {
    create,
    change,
    roles,
    created = `The ${one}.`,
  }: Required<Record<'create' | 'change', RouteEntry['body']>> &
    Pick<RouteEntry, 'roles'> & { created?: string },
): RouteEntry[] {
  const Name = `${one[0]?.toUpperCase()}${one.slice(1)}`;
  const path = `/${one}s` as const;
  return [
    add(`GET ${path}`, `list${Name}s`, `All ${one}s: ${what}`, {
      roles: MAY.see,
      answer: `All ${one}s.`,
      list: true,
      etag: SHOWN,
    }),
    add(`GET ${path}/:name`, `get${Name}`, `One ${one}`, {
      roles: MAY.see,
      answer: `The ${one}.`,
      etag: SHOWN,
    }),
    add(`POST ${path}`, `create${Name}`, `Make a ${one}`, {
      roles,
      ...(create === undefined ? {} : { body: create }),
      status: 201,
      answer: created,
      audited: true,
      etag: BOTH,
    }),
    add(`PATCH ${path}/:name`, `change${Name}`, `Change a ${one}`, {
      roles,
      ...(change === undefined ? {} : { body: change }),
      answer: `The ${one} as it is then.`,
      audited: true,
      etag: BOTH,
    }),
    add(`DELETE ${path}/:name`, `delete${Name}`, `Remove a ${one}`, {
      roles,
      answer: 'Its name.',
      audited: true,
      etag: BOTH,
    }),
  ];
}

/** What decides about requests, and what they came to. */
export const USE_ENTRIES: readonly RouteEntry[] = [
  ...storedEntries(routing, 'chain', 'models that are tried one after another', {
    create: chainBody,
    change: chainPatch,
    roles: MAY.build,
  }),
  ...storedEntries(routing, 'split', 'experiments that divide requests between models', {
    create: splitBody,
    change: splitPatch,
    roles: MAY.build,
  }),
  ...storedEntries(routing, 'assistant', 'a prompt, a model and rules under a name', {
    create: assistantBody,
    change: assistantPatch,
    roles: MAY.build,
  }),
  ...storedEntries(routing, 'pool', 'self-hosted endpoints that cost by the hour', {
    create: poolBody,
    change: poolPatch,
    roles: MAY.rule,
  }),
  routing('GET /pools/:name/report', 'getPoolReport', 'What a pool cost, and what another model would have', {
    roles: MAY.see,
    query: reportQuery,
    answer: 'Hours, requests, cost and the comparison.',
  }),
  routing('POST /routing/simulate', 'simulateRouting', 'What recorded requests would have come to', {
    roles: MAY.build,
    body: simulateBody,
    answer: 'Each request as it was and as it would have been; nothing is called or saved.',
  }),

  model('GET /models', 'listAdminModels', 'What the organization says of models, or all of one provider', {
    roles: MAY.see,
    query: modelList,
    answer: 'Models.',
    list: true,
  }),
  model('PUT /models/:provider/:model{.+}', 'changeModel', 'Correct price, limits or abilities of a model', {
    roles: MAY.rule,
    body: overrideBody,
    answer: 'What the organization says of it then.',
    audited: true,
  }),
  model('DELETE /models/:provider/:model{.+}', 'resetModel', 'Take a model as the catalogue has it', {
    roles: MAY.rule,
    answer: 'What the organization says of it then.',
    audited: true,
  }),
  model('GET /price-changes', 'listPriceChanges', 'What the nightly look at public prices found', {
    query: priceChangeList,
    answer: 'Price changes, newest first.',
    list: true,
  }),
  ...(['accept', 'reject'] as const).map((verb) =>
    model(`POST /price-changes/:id/${verb}`, `${verb}PriceChange`, `Decide on a price change: ${verb} it`, {
      roles: MAY.own,
      answer: 'The price change, with who decided.',
      audited: true,
    }),
  ),

  guard('POST /guards/try', 'tryGuards', 'What guards would say of a text', {
    roles: MAY.build,
    body: tryBody,
    answer: 'Verdicts, and the text as it would have been sent; no provider is called and nothing is kept.',
  }),
  ...storedEntries(guard, 'guard', 'what may be in prompts and answers', {
    create: guardBody,
    change: guardPatch,
    roles: MAY.rule,
    created: 'The guard; of a webhook, with the `secret` that signs its calls: shown this once.',
  }),
  guard('POST /guards/:name/rotate', 'rotateGuard', 'Give a webhook guard a new signing secret', {
    roles: MAY.rule,
    body: guardRotate,
    answer: 'The guard, with its new `secret`: shown this once.',
    audited: true,
    etag: BOTH,
  }),

  cache('GET /cache', 'getCache', 'What holds for the cache of the organization', {
    roles: MAY.see,
    answer: 'Its settings, and pairs that never answer each other.',
  }),
  cache('DELETE /cache', 'clearCache', 'Forget every stored answer', {
    roles: MAY.build,
    answer: 'How many were forgotten.',
    audited: true,
  }),
  cache('POST /cache/never-match', 'addNeverMatch', 'Say that two questions are not the same', {
    roles: MAY.build,
    body: neverMatch,
    status: 201,
    answer: 'The pair.',
    audited: true,
  }),
  cache('DELETE /cache/never-match/:pair', 'removeNeverMatch', 'Let two questions answer each other again', {
    roles: MAY.build,
    answer: 'The pair.',
    audited: true,
  }),

  billing('GET /usage', 'getUsage', 'Requests, tokens and cost by any dimension and period', {
    query: usageQuery,
    answer: 'Sums of each group, and of all.',
    answer_types: ['text/csv'],
    list: true,
  }),
  billing('GET /spend', 'getSpend', 'The money alone, by any dimension and period', {
    query: usageQuery,
    answer: 'Sums of each group, and of all.',
    answer_types: ['text/csv'],
    list: true,
  }),
  billing('GET /activity', 'getActivity', 'Requests over time with percentiles of their durations', {
    query: activityQuery,
    answer: 'The newest 50,000 requests of the span, step by step.',
    list: true,
  }),
  billing('GET /statements', 'listStatements', 'Closed months', {
    roles: MAY.money,
    answer: 'Closed months, each with its sums.',
    list: true,
  }),
  billing('GET /statements/:month', 'getStatement', 'One month, as `2026-10`', {
    roles: MAY.money,
    query: statementQuery,
    answer: 'The statement.',
    answer_types: ['text/csv', 'text/html'],
  }),
  billing(
    'POST /reconciliations',
    'createReconciliation',
    "Compare a provider's export with what we counted",
    {
      roles: MAY.money,
      query: importQuery,
      body_json: { type: 'string', description: "The provider's export, CSV or JSON, at most 10 MB." },
      body_type: 'text/csv',
      status: 201,
      answer: 'The comparison by UTC day and model.',
      audited: true,
    },
  ),
  billing('GET /reconciliations', 'listReconciliations', 'Comparisons that were made', {
    roles: MAY.money,
    query: reconciliationList,
    answer: 'Comparisons, without their rows.',
    list: true,
  }),
  billing('GET /reconciliations/:id', 'getReconciliation', 'One comparison', {
    roles: MAY.money,
    answer: 'The comparison with its rows.',
  }),
  billing('GET /anomalies', 'listAnomalies', 'Hours of unusual spend', {
    query: anomalyList,
    answer: 'Hours, newest first.',
    list: true,
  }),

  report('GET /recommendations', 'listRecommendations', 'Advice from 30 days of traces', {
    query: recommendationList,
    answer:
      'Open ones first, each with its evidence, saving and change; `computed_at` is when the last run was.',
    list: true,
  }),
  report('POST /recommendations/run', 'runRecommendations', 'Look for advice now', {
    roles: MAY.build,
    body: noBody,
    answer: 'How much was found.',
  }),
  report('POST /recommendations/:id/apply', 'applyRecommendation', 'Make the change that is advised', {
    roles: MAY.build,
    body: noBody,
    answer: 'The recommendation, applied. The change itself needs the role that it needs by hand.',
    audited: true,
  }),
  report('POST /recommendations/:id/dismiss', 'dismissRecommendation', 'Dismiss or snooze advice', {
    roles: MAY.build,
    body: dismissBody,
    answer: 'The recommendation, dismissed or snoozed.',
    audited: true,
  }),
  report('POST /recommendations/:id/undo', 'undoRecommendation', 'Take a decision on advice back', {
    roles: MAY.build,
    body: noBody,
    answer: 'The recommendation, open again. What was applied is as it was, if nobody changed it since.',
    audited: true,
  }),

  report('GET /traces', 'listTraces', 'Requests, newest first', {
    roles: MAY.see,
    query: traceQuery,
    answer: 'Requests in short.',
    list: true,
  }),
  report('GET /traces/export', 'exportTraces', 'Requests as a file', {
    roles: MAY.see,
    query: traceExportQuery,
    answer: 'All requests that the filters leave, newest first, without prompts and answers.',
    answer_types: ['text/csv'],
  }),
  report('GET /traces/:id', 'getTrace', 'Everything recorded of one request', {
    roles: MAY.see,
    answer: 'The trace.',
  }),
  report('GET /traces/:id/receipt', 'getTraceReceipt', 'The receipt of one request as it was signed', {
    roles: MAY.see,
    answer: 'The receipt; its `signature` is null where the deployment has no key to sign with.',
  }),
  report('GET /saved-filters', 'listSavedFilters', 'Saved searches of traces: shared ones and your own', {
    roles: MAY.see,
    answer: '`{data}`: all that you may see, by name.',
  }),
  report('GET /saved-filters/:id', 'getSavedFilter', 'One saved search', {
    roles: MAY.see,
    answer: 'The saved filter.',
    etag: SHOWN,
  }),
  report('POST /saved-filters', 'createSavedFilter', 'Save a search of traces, for yourself or for all', {
    roles: MAY.build,
    body: savedFilterCreate,
    status: 201,
    answer: 'The saved filter.',
    audited: true,
    etag: SHOWN,
  }),
  report('PATCH /saved-filters/:id', 'changeSavedFilter', 'Change a saved search', {
    roles: MAY.build,
    body: savedFilterPatch,
    answer: 'The saved filter as it is then.',
    audited: true,
    etag: BOTH,
  }),
  report('DELETE /saved-filters/:id', 'deleteSavedFilter', 'Remove a saved search', {
    roles: MAY.build,
    answer: 'Its id.',
    audited: true,
    etag: TAKEN,
  }),
  report('GET /keys/:id/receipts', 'listReceipts', 'Signed receipts of a key, in the order of their chain', {
    roles: MAY.see,
    query: chainQuery,
    answer: 'Receipts, and `next_after` where there are more.',
  }),
  report('GET /health', 'getHealth', 'Breakers and latencies of every target', {
    roles: MAY.see,
    answer: 'Targets by name.',
  }),
  report('GET /health/history', 'getHealthHistory', 'What breakers did', {
    roles: MAY.see,
    query: healthHistoryQuery,
    answer: 'The newest few hundred changes, newest first.',
    list: true,
  }),
  report('GET /doctor', 'getDoctor', 'Whether the deployment is well, and what to do where it is not', {
    roles: MAY.rule,
    answer: 'One check after the other, each with what to do.',
  }),
];
