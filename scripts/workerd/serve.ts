// The gateway on plain workerd, as an own server would run it and as the benches measure it.
//   node scripts/run.mjs scripts/workerd/serve.ts --upstream http://127.0.0.1:9100/v1 --port 8791
//        [--anthropic http://127.0.0.1:9100] [--state DIR] [--lease] [--drop-traces] [--prepare]
// --prepare makes the state and a key, writes DIR/gw.capnp, prints one JSON line for a bench that starts it itself,
// and ends. --translated sends gpt-4o-mini to the Anthropic upstream. Without --lease the key is strict: each request asks its ledger.
import { parseArgs } from 'node:util';
import { createKey, newAdminKey, prepareWorkerd, startWorkerd } from './serve-workerd.ts';

const { values } = parseArgs({
  options: {
    upstream: { type: 'string', default: 'http://127.0.0.1:9100/v1' },
    anthropic: { type: 'string' },
    port: { type: 'string', default: '8791' },
    state: { type: 'string', default: '.sluice/workerd' },
    name: { type: 'string', default: 'sluice' },
    'drop-traces': { type: 'boolean', default: false },
    lease: { type: 'boolean', default: false },
    translated: { type: 'boolean', default: false },
    prepare: { type: 'boolean', default: false },
  },
});

const admin_key = newAdminKey();
const prepared = await prepareWorkerd({
  port: Number(values.port),
  state_dir: values.state,
  admin_key,
  queues: !values['drop-traces'],
  upstreams: [
    { provider: 'openai', base_url: values.upstream, credential: 'sk-none' },
    {
      provider: 'anthropic',
      base_url: values.anthropic ?? values.upstream.replace(/\/v1\/?$/, ''),
      credential: 'sk-none',
      ...(values.translated ? { models: ['gpt-4o-mini'] } : {}),
    },
  ],
});
const gateway = await startWorkerd(prepared);
const key = await createKey(gateway.base_url, admin_key, {
  name: `bench ${values.lease ? 'leased' : 'strict'}`,
  strict: !values.lease,
  // Nobody has a price for gpt-4o-mini at Anthropic, and a budget would refuse it.
  ...(values.translated ? {} : { budgets: [{ window: 'monthly', limit_usd: 1_000_000 }] }),
  rate_limit: 900_000_000,
});
const url = `${gateway.base_url}/v1/chat/completions`;
if (values.prepare) {
  await gateway.stop();
  const headers = { authorization: `Bearer ${key}` };
  console.log(JSON.stringify({ name: values.name, cmd: prepared.command, url, headers }));
} else {
  console.log(
    `Serving ${gateway.base_url} (workerd, pid ${gateway.pid})\nVirtual key  ${key}\nAdmin key    ${admin_key}`,
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void gateway.stop().then(() => process.exit(0)));
}
