// Runs a TypeScript script on the pinned Node, whatever Node the machine has: node scripts/run.mjs FILE [ARGS…]
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { install } from './install.mjs';

await install();
const pinned = 'node_modules/.bin/node';
const child = spawn(existsSync(pinned) ? pinned : process.execPath, process.argv.slice(2), {
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
