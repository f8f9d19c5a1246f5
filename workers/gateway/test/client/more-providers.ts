/** Providers beside the first three, as the client tests reach them at the simulator. */
interface Reached {
  provider: string;
  /** Path of its base URL at the simulator. */
  path: string;
  model: string;
  settings?: Record<string, string>;
}

const ACCOUNT = '0123456789abcdef0123456789abcdef';

/** Each with what is its own: formats, surfaces, shapes. */
export const OWN: Record<string, Reached> = {
  cohere: { provider: 'cohere', path: '', model: 'command-a-plus-05-2026' },
  'azure v1': { provider: 'azure', path: '/azure/openai/v1', model: 'my-gpt-4o' },
  'azure classic': {
    provider: 'azure',
    path: '/azure/openai/v1',
    model: 'my-classic-gpt-4o',
    settings: { api_version: '2024-10-21' },
  },
  'workers-ai': {
    provider: 'workers-ai',
    path: `/client/v4/accounts/${ACCOUNT}/ai/v1`,
    model: '@cf/meta/llama-4-scout-17b-16e-instruct',
  },
  'workers-ai native': {
    provider: 'workers-ai',
    path: `/client/v4/accounts/${ACCOUNT}/ai/v1`,
    model: '@cf/meta/llama-native-8b',
  },
};

/** Those that speak OpenAI's format, under the paths that they have. */
export const COMPATIBLE: Record<string, Reached> = Object.fromEntries(
  Object.entries({
    mistral: '/v1',
    groq: '/openai/v1',
    together: '/v1',
    deepseek: '/v1',
    xai: '/v1',
    openrouter: '/api/v1',
    fireworks: '/inference/v1',
    cerebras: '/v1',
    perplexity: '',
    huggingface: '/v1',
    ollama: '/v1',
    vllm: '/v1',
    'lm-studio': '/v1',
    'llama-cpp': '/v1',
    'openai-compatible': '/v1',
  }).map(([provider, path]) => [
    provider,
    { provider, path: `/${provider}${path}`, model: `${provider}-model` },
  ]),
);

export const ERROR_FAULTS = ['400', '401', '429', '500', 'context', 'filter-400', 'cut-abort', 'error-event'];

/** A model whose connection, of its own, fails in this way. */
export const faulty = ({ model }: Reached, fault: string): string => `${model}-sim-${fault}`;

export const reach = ({ provider, model }: Reached): string => `${provider}/${model}`;

export function moreUpstreams(simulator_url: string): Record<string, unknown>[] {
  const upstream = (name: string, { provider, path, settings }: Reached, models: string[]) => ({
    id: `conn_more_${name.replaceAll(' ', '_')}`,
    provider,
    base_url: `${simulator_url}${path}`,
    credential: 'simulator',
    models,
    ...(settings === undefined ? {} : { settings }),
  });
  return [
    ...Object.entries({ ...OWN, ...COMPATIBLE }).map(([name, one]) => upstream(name, one, [one.model])),
    ...Object.entries(OWN).flatMap(([name, one]) =>
      ERROR_FAULTS.map((fault) => upstream(`${name}_${fault}`, one, [faulty(one, fault)])),
    ),
  ];
}
