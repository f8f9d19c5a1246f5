/** What we send. Only the members that we write; the service knows more. */
export type Block =
  | { text: string }
  | { image: { format: string; source: { bytes: string } } }
  | { document: { format: string; name: string; source: { bytes: string } } }
  | CachePoint
  | ReasoningBlock
  | { toolUse: { toolUseId: string; name: string; input: Record<string, unknown> } }
  | ToolResultBlock;

export interface CachePoint {
  cachePoint: { type: 'default'; ttl?: '1h' | '5m' };
}

export type ReasoningBlock =
  | { reasoningContent: { reasoningText: { text: string; signature: string } } }
  | { reasoningContent: { redactedContent: string } };

export interface ToolResultBlock {
  toolResult: { toolUseId: string; content: Block[]; status?: 'success' | 'error' };
}

export interface WireMessage {
  role: 'user' | 'assistant';
  content: Block[];
}

export type WireTool =
  | {
      toolSpec: {
        name: string;
        description?: string;
        inputSchema: { json: Record<string, unknown> };
        strict?: true;
      };
    }
  | CachePoint;

export type WireToolChoice = { auto: object } | { any: object } | { tool: { name: string } };

export type SystemBlock = { text: string } | CachePoint;
