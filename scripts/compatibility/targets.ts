import { FEATURES, type Feature } from './features.ts';

/** Stands for the simulator's own key file, which is made when it starts. */
const SERVICE_ACCOUNT = 'service-account';

/** A provider of each wire format, at the simulator. */
export interface MatrixTarget {
  title: string;
  provider: string;
  model: string;
  /** Behind the simulator's address. */
  path: string;
  credential: string;
  region?: string;
  settings?: Record<string, string>;
}

const ACCOUNT = '0123456789abcdef0123456789abcdef';
const WORKERS_AI = `/client/v4/accounts/${ACCOUNT}/ai/v1`;

export const TARGETS: readonly MatrixTarget[] = [
  {
    title: 'chat-completions (OpenAI)',
    provider: 'openai',
    model: 'gpt-5-mini',
    path: '/v1',
    credential: 'sim',
  },
  { title: 'responses (OpenAI)', provider: 'openai', model: 'gpt-5-pro', path: '/v1', credential: 'sim' },
  { title: 'anthropic', provider: 'anthropic', model: 'claude-sonnet-4-5', path: '', credential: 'sim' },
  { title: 'gemini', provider: 'gemini', model: 'gemini-2.5-flash', path: '/v1beta', credential: 'sim' },
  {
    title: 'bedrock-converse (Claude)',
    provider: 'bedrock',
    model: 'us.anthropic.claude-sonnet-4-5',
    path: '',
    credential: 'SIMULATORKEY00000001:simulator-secret',
    region: 'eu-west-1',
  },
  {
    title: 'bedrock-converse (Nova)',
    provider: 'bedrock',
    model: 'us.amazon.nova-2-lite',
    path: '',
    credential: 'SIMULATORKEY00000001:simulator-secret',
    region: 'eu-west-1',
  },
  {
    title: 'vertex (Gemini)',
    provider: 'vertex',
    model: 'gemini-2.5-pro',
    path: '/v1/projects/my-project/locations/global',
    credential: SERVICE_ACCOUNT,
    region: 'global',
    settings: { project: 'my-project' },
  },
  {
    title: 'vertex (Claude)',
    provider: 'vertex',
    model: 'claude-sonnet-4-5@20250929',
    path: '/v1/projects/my-project/locations/global',
    credential: SERVICE_ACCOUNT,
    region: 'global',
    settings: { project: 'my-project' },
  },
  { title: 'cohere', provider: 'cohere', model: 'command-a-plus-05-2026', path: '', credential: 'sim' },
  {
    title: 'workers-ai',
    provider: 'workers-ai',
    model: '@cf/meta/llama-native-8b',
    path: WORKERS_AI,
    credential: 'sim',
  },
  { title: 'azure', provider: 'azure', model: 'gpt-5-nano', path: '/azure/openai/v1', credential: 'sim' },
  {
    title: 'mistral',
    provider: 'mistral',
    model: 'magistral-medium-latest',
    path: '/mistral/v1',
    credential: 'sim',
  },
];

/** A model of its own for each cell: no breaker opens for two, and the simulator's records are found again. */
export const modelOf = (target: MatrixTarget, door: string, feature: Feature): string =>
  `${target.model}-${door}-${feature.id}${feature.fault === null ? '' : `-sim-${feature.fault}`}`;

/**
 * `SLUICE_UPSTREAMS`: a connection for each target, and one for each cell that fails, since a rejected credential or a
 * rate limit rests the whole connection.
 */
export function renderUpstreams(
  { url, service_account }: { url: string; service_account: string },
  doors: readonly string[],
): string {
  const connections: Record<string, unknown>[] = [];
  for (const [at, target] of TARGETS.entries()) {
    const { provider, path, credential, region, settings } = target;
    const connection = {
      provider,
      base_url: url + path,
      credential: credential === SERVICE_ACCOUNT ? service_account : credential,
      ...(region === undefined ? {} : { region }),
      ...(settings === undefined ? {} : { settings }),
    };
    const well: string[] = [];
    for (const door of doors)
      for (const feature of FEATURES) {
        const model = modelOf(target, door, feature);
        if (feature.fault === null) well.push(model);
        else connections.push({ ...connection, id: `t${at}-${door}-${feature.id}`, models: [model] });
      }
    connections.push({ ...connection, id: `t${at}`, models: well });
  }
  return JSON.stringify(connections);
}
