/** Asks the administration API of the gateway that is photographed. @throws Error with what it answered, if it refused. */
export type Administer = <T = Record<string, unknown>>(
  method: string,
  path: string,
  body?: unknown,
) => Promise<T>;

export interface SceneKey {
  id: string;
  secret: string;
  name: string;
  project_id: string | null;
}

/** Who is in the pictures. */
export interface Scene {
  keys: SceneKey[];
  connection_ids: Record<string, string>;
  webhook_id: string;
}

/** Whom a second provider has to stand in for: the simulator takes the fault from the name. */
export const FAILING_MODEL = 'gpt-4o-sim-503';

const KEYS = [
  {
    name: 'Checkout assistant',
    project: 'Storefront',
    budgets: [
      { window: 'monthly', limit_usd: 900 },
      { window: 'daily', limit_usd: 12 },
    ],
    rate_limit: 600,
    model_allowlist: ['gpt-4o-mini', 'gpt-4o', 'claude-*', 'gemini-*', 'auto', 'support'],
    origins: ['https://shop.harbour.example'],
    metadata: { team: 'checkout' },
  },
  {
    name: 'Search and summaries',
    project: 'Storefront',
    budgets: [{ window: 'weekly', limit_usd: 150 }],
    rate_limit: 240,
  },
  {
    name: 'Help centre',
    project: 'Support',
    budgets: [{ window: 'monthly', limit_usd: 400, hard: false }],
    tokens_per_minute: 400_000,
    metadata: { team: 'support' },
  },
  { name: 'Notebooks', project: 'Research', concurrency: 8 },
  { name: 'Nightly reports', project: 'Research', requests_per_day: 5000, plan: 'pro' },
  {
    name: 'Ada’s coding agent',
    environment: 'dev',
    budgets: [{ window: 'daily', limit_usd: 5, hard: false }],
  },
];

/** An organization that sells things of the sea: keys, budgets, people, providers, rules. All of it is made up. */
export async function setScene(
  administer: Administer,
  simulator_url: string,
  webhook_url: string,
): Promise<Scene> {
  await administer('PATCH', 'organization', {
    name: 'Harbour Goods',
    cache: { enabled: true, semantic: true },
    routing: { prefer_providers: ['openai', 'anthropic'] },
  });
  const keys: SceneKey[] = [];
  for (const one of KEYS) keys.push(await administer<SceneKey>('POST', 'keys', one));
  const { data: projects } = await administer<{ data: { id: string; name: string }[] }>('GET', 'projects');
  const projectOf = (name: string) => projects.find((project) => project.name === name)?.id ?? '';
  for (const [at, key] of keys.entries())
    key.project_id = projects.find(({ name }) => name === KEYS[at]?.project)?.id ?? null;
  const budgets = [
    { name: 'All of us', scope: 'organization', window: 'monthly', limit_usd: 2500 },
    {
      name: 'Storefront',
      scope: 'project',
      subject: projectOf('Storefront'),
      window: 'daily',
      limit_usd: 20,
    },
    { name: 'Research', scope: 'project', subject: projectOf('Research'), window: 'monthly', limit_usd: 300 },
    { name: 'Each customer', scope: 'user', window: 'daily', limit_usd: 2 },
    {
      name: 'The dear one',
      scope: 'model',
      subject: 'claude-opus-*',
      window: 'weekly',
      limit_usd: 40,
      hard: false,
    },
  ];
  for (const budget of budgets) await administer('POST', 'budgets', budget);
  const connection_ids = await connect(administer, simulator_url);
  await route(administer, connection_ids);
  await guard(administer);
  const webhook_id = await tell(administer, webhook_url, simulator_url);
  await invite(administer);
  return { keys, connection_ids, webhook_id };
}

async function connect(administer: Administer, simulator_url: string): Promise<Record<string, string>> {
  const local = { credential: 'sk-made-up-0000', private_allowed: true };
  const wanted = [
    { provider: 'openai', name: 'OpenAI', base_url: `${simulator_url}/v1`, weight: 3 },
    {
      provider: 'openai',
      name: 'OpenAI, spare account',
      base_url: `${simulator_url}/v1`,
      models: [FAILING_MODEL],
    },
    { provider: 'anthropic', name: 'Anthropic', base_url: simulator_url },
    { provider: 'gemini', name: 'Gemini', base_url: simulator_url },
    {
      provider: 'openai-compatible',
      name: 'GPU house, rack 1',
      base_url: `${simulator_url}/v1`,
      models: ['llama-3.3-70b'],
      health_check: { path: '/health', every_s: 300 },
    },
    {
      provider: 'openai-compatible',
      name: 'GPU house, rack 2',
      base_url: `${simulator_url}/openai-compatible/v1`,
      models: ['llama-3.3-70b'],
    },
  ];
  const ids: Record<string, string> = {};
  for (const one of wanted)
    ids[one.name] = (await administer<{ id: string }>('POST', 'connections', { ...local, ...one })).id;
  return ids;
}

async function route(administer: Administer, connection_ids: Record<string, string>): Promise<void> {
  await administer('POST', 'chains', {
    name: 'support',
    links: [
      { model: 'claude-sonnet-4-5', timeouts: { first_byte_ms: 4000 } },
      { model: 'gpt-4o' },
      { model: 'gemini-2.5-flash' },
    ],
  });
  await administer('POST', 'chains', {
    name: 'cheap-first',
    links: [{ model: 'gemini-2.5-flash' }, { model: 'gpt-4o-mini' }],
  });
  await administer('POST', 'splits', {
    name: 'summaries',
    enabled: true,
    sticky_by: 'user',
    arms: [
      { id: 'today', model: 'gpt-4o-mini', percent: 80 },
      { id: 'flash', model: 'gemini-2.5-flash', percent: 20 },
    ],
  });
  await administer('POST', 'assistants', {
    name: 'harbour-master',
    system_prompt: 'You help the customers of Harbour Goods. Be short and kind.',
    model: 'support',
    rules: {},
    output_tokens_max: 800,
    temperature: 0.3,
    fallback_chain: ['gpt-4o-mini'],
  });
  await administer('POST', 'pools', {
    name: 'house-gpus',
    model: 'llama-3.3-70b',
    connection_ids: [connection_ids['GPU house, rack 1'], connection_ids['GPU house, rack 2']],
    usd_per_hour: 2.4,
    in_flight_max: 16,
    overflow: ['gpt-4o-mini'],
  });
}

async function guard(administer: Administer): Promise<void> {
  const guards = [
    {
      name: 'personal-data',
      position: 10,
      rule: {
        kind: 'pii',
        types: ['email', 'phone', 'credit_card'],
        custom: [{ name: 'order_number', pattern: 'HG-[0-9]{6}' }],
        restore: true,
      },
    },
    { name: 'injection', position: 20, sides: ['input'], rule: { kind: 'injection' } },
    { name: 'code-names', position: 30, rule: { kind: 'words', words: ['project kraken', 'bluebird'] } },
    {
      name: 'not-too-long',
      position: 40,
      sides: ['input'],
      action: 'block',
      rule: { kind: 'length', chars_max: 60_000 },
    },
  ];
  for (const one of guards) await administer('POST', 'guards', one);
}

async function tell(administer: Administer, webhook_url: string, simulator_url: string): Promise<string> {
  const { id } = await administer<{ id: string }>('POST', 'webhooks', {
    name: 'On call',
    url: `${webhook_url}/sluice`,
    private_allowed: true,
    events: ['budget.threshold', 'budget.exceeded', 'guard.hit', 'spend.anomaly'],
  });
  await administer('POST', 'webhooks', {
    name: 'Ledger of the finance team',
    url: `${webhook_url}/refused`,
    private_allowed: true,
    events: ['key.created', 'budget.threshold', 'guard.hit'],
  });
  await administer('POST', 'telemetry', {
    name: 'Collector',
    endpoint: simulator_url,
    private_allowed: true,
    sample_ratio: 0.1,
    enabled: false,
  });
  return id;
}

async function invite(administer: Administer): Promise<void> {
  const people = [
    ['mara.lind@harbour.example', 'owner', true],
    ['jonas.okafor@harbour.example', 'admin', true],
    ['ada.reyes@harbour.example', 'developer', true],
    ['tomo.weiss@harbour.example', 'billing', true],
    ['iris.novak@harbour.example', 'viewer', false],
  ] as const;
  for (const [email, role, accepts] of people) {
    const { token } = await administer<{ token: string }>('POST', 'invitations', { email, role });
    if (accepts) await administer('POST', 'invitations/accept', { token });
  }
  await administer('POST', 'admin-keys', { name: 'Terraform', role: 'admin' });
  await administer('POST', 'admin-keys', { name: 'Status page', role: 'viewer' });
  const saved = [
    { name: 'Dear ones', query: { min_cost_usd: '0.05' }, shared: true },
    { name: 'Failures today', query: { status: '5xx' } },
  ];
  for (const one of saved) await administer('POST', 'saved-filters', one).catch(console.warn);
}
