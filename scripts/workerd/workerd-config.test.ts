import { expect, test } from 'vitest';
import { renderWorkerdConfig, type WorkerSettings } from './workerd-config.ts';

const settings: WorkerSettings = {
  compatibility_date: '2026-10-15',
  compatibility_flags: ['enable_request_signal'],
  d1: [{ binding: 'DB', database: 'sluice' }],
  objects: [{ binding: 'KEY_LEDGER', class_name: 'KeyLedger' }],
  producers: [{ binding: 'TRACES', queue: 'sluice-traces' }],
  consumers: [
    {
      queue: 'sluice-traces',
      max_batch_size: 20,
      max_batch_timeout: 2,
      max_retries: 3,
      retry_delay: 10,
      dead_letter_queue: null,
    },
  ],
};
const config = (vars: Record<string, string>, queues = true): string =>
  renderWorkerdConfig({
    settings,
    modules: ['index.mjs', 'chunk-A.mjs'],
    port: 8791,
    storage_dir: '/state/storage',
    vars,
    queues,
  });

test('a value with quotes, line breaks and control characters stays one text of the config', () => {
  expect(config({ A: 'a"b\\c\nd\u0001' })).toContain('(name = "A", text = "a\\"b\\\\c\\nd\\x01")');
});

test('every binding of wrangler.toml has its counterpart', () => {
  const text = config({});
  expect(text).toContain('(name = "KEY_LEDGER", durableObjectNamespace = "KeyLedger")');
  expect(text).toContain('(name = "DB", wrapped = (moduleName = "cloudflare-internal:d1-api"');
  expect(text).toContain('(name = "TRACES", queue = (name = "queues"');
  expect(text).toContain('compatibilityFlags = ["enable_request_signal"]');
});

test('the module that starts comes first, then those that are loaded when they are needed', () => {
  expect(config({})).toMatch(
    /\(name = "index\.mjs", esModule = embed "worker\/index\.mjs"\),\s+\(name = "chunk-A\.mjs", esModule = embed "worker\/chunk-A\.mjs"\)/,
  );
});

test('with queues dropped, nothing delivers to the consumer', () => {
  expect(config({})).toContain('(name = "CONSUMER", service = "gateway")');
  expect(config({}, false)).not.toContain('CONSUMER');
});
