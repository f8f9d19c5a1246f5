import type { EventPort } from '@sluice/contract';

/** A queue takes so many messages at once, and 256 kB (Cloudflare's documented limits, read 2026-11-21). */
const MESSAGES_MAX = 100;
const BATCH_CHARS_MAX = 80_000;
const TRIES_MAX = 3;

interface EventQueue {
  sendBatch(messages: { body: string; contentType: 'text' }[]): Promise<unknown>;
}

/**
 * One message for each event, so that one that cannot be read spoils no other.
 * @param queue `env.EVENTS`
 * @param sleep for tests.
 */
export function createEventPort(
  queue: EventQueue,
  sleep: (ms: number) => Promise<void> = (ms) => scheduler.wait(ms),
): EventPort {
  async function send(messages: string[]): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await queue.sendBatch(messages.map((body) => ({ body, contentType: 'text' })));
        return;
      } catch (error) {
        if (tries === TRIES_MAX) throw error;
        await sleep(100 * 4 ** tries);
      }
    }
  }

  return {
    async emit(events) {
      let messages: string[] = [];
      let chars = 0;
      for (const event of events) {
        const body = JSON.stringify({ version: 1, event });
        if (
          messages.length === MESSAGES_MAX ||
          (messages.length > 0 && chars + body.length > BATCH_CHARS_MAX)
        ) {
          await send(messages);
          messages = [];
          chars = 0;
        }
        messages.push(body);
        chars += body.length;
      }
      if (messages.length > 0) await send(messages);
    },
  };
}
