import { parseArgs } from 'node:util';
import { createSimulator } from './simulator.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    replay: { type: 'string' },
    quiet: { type: 'boolean', default: false },
  },
});

const simulator = await createSimulator({
  port: Number(values.port),
  host: values.host,
  ...(values.replay === undefined ? {} : { replay: values.replay }),
});
if (!values.quiet) console.log(`simulator listening on ${simulator.url}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void simulator.close().then(() => process.exit(0));
  });
}
