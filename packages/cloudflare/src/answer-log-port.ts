import type { AnswerLogPort, LogClaim } from '@sluice/contract';

/** The calls of `AnswerLog`, as a stub offers them. */
interface LogStub {
  claim(content: string, lease_ms: number): Promise<LogClaim>;
  read(): Promise<ReadableStream<Uint8Array> | null>;
  wait(wait_ms: number): Promise<string | null>;
  append(token: string, bytes: Uint8Array): Promise<number>;
  close(token: string, head: string, keep_ms: number): Promise<void>;
  abandon(token: string): Promise<void>;
}

/** @param namespace `env.ANSWER_LOG`, whose objects are `AnswerLog`s, one for each name. */
export function createAnswerLogPort(namespace: DurableObjectNamespace): AnswerLogPort {
  const logs = namespace as unknown as { getByName(name: string): LogStub };
  return {
    claim: (name, content, lease_ms) => logs.getByName(name).claim(content, lease_ms),
    read: (name) => logs.getByName(name).read(),
    wait: (name, wait_ms) => logs.getByName(name).wait(wait_ms),
    append: (name, token, bytes) => logs.getByName(name).append(token, bytes),
    close: (name, token, head, keep_ms) => logs.getByName(name).close(token, head, keep_ms),
    abandon: (name, token) => logs.getByName(name).abandon(token),
  };
}
