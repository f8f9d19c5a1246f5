/** Models at Bedrock and Vertex that the client tests call; each failing one has a connection of its own. */
export const BEDROCK_CLAUDE = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
export const BEDROCK_NOVA = 'us.amazon.nova-2-lite-v1:0';
export const BEDROCK_ARN =
  'arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0';
export const BEDROCK_FAULTS = [
  '400',
  '429',
  '500',
  '403',
  'context',
  'cut-abort',
  'error-event',
  'malformed',
];
export const bedrockFault = (fault: string): string => `anthropic.claude-sonnet-4-5-sim-${fault}`;
/** Its connection has a secret that is not the right one. */
export const BEDROCK_UNSIGNED = 'anthropic.claude-sonnet-4-5-unsigned';

/** Names that no other test uses, so that theirs keep the targets that they know. */
export const VERTEX_GEMINI = 'gemini-2.5-flash-001';
export const VERTEX_CLAUDE = 'claude-sonnet-4-5@20250929';
/** Its connection has a token that nobody gave. */
export const VERTEX_FORGED = 'gemini-2.5-pro-001';

interface CloudUpstream {
  id: string;
  provider: string;
  base_url: string;
  credential: string;
  models: string[];
  region: string;
  settings?: Record<string, string>;
}

/** Connections to the simulator's Bedrock and Vertex. @param service_account the simulator's own key file */
export function cloudUpstreams(simulator_url: string, service_account: string): CloudUpstream[] {
  const aws = (id: string, secret: string, models: string[]): CloudUpstream => ({
    id: `conn_bedrock_${id}`,
    provider: 'bedrock',
    base_url: simulator_url,
    credential: `SIMULATORKEY00000001:${secret}`,
    region: 'eu-west-1',
    models,
  });
  const google = (id: string, credential: string, models: string[]): CloudUpstream => ({
    id: `conn_vertex_${id}`,
    provider: 'vertex',
    base_url: `${simulator_url}/v1/projects/my-project/locations/global`,
    credential,
    region: 'global',
    settings: { project: 'my-project' },
    models,
  });
  return [
    aws('good', 'simulator-secret', [BEDROCK_CLAUDE, BEDROCK_NOVA, BEDROCK_ARN]),
    aws('unsigned', 'another-secret', [BEDROCK_UNSIGNED]),
    ...BEDROCK_FAULTS.map((fault) => aws(fault, 'simulator-secret', [bedrockFault(fault)])),
    google('good', service_account, [VERTEX_GEMINI, VERTEX_CLAUDE]),
    google('forged', 'ya29.forged', [VERTEX_FORGED]),
  ];
}
