// npm run doctor [-- --url https://…]: asks a gateway how it is, and says what to do. Ends with 1 where there is a problem.
import { parseArgs } from 'node:util';
import { callAdmin, findGateway } from './find-gateway.mjs';

const { values } = parseArgs({
  options: { url: { type: 'string' }, json: { type: 'boolean', default: false } },
});
const SIGNS = { ok: '  ok   ', warning: ' warn  ', problem: 'PROBLEM' };

async function main() {
  const gateway = findGateway(values.url, 'npm run doctor');
  const report = await callAdmin(gateway, 'GET', '/doctor');
  if (values.json) console.log(JSON.stringify(report, null, 2));
  else {
    console.log(`${gateway.base_url}, version ${report.version}\n`);
    for (const { name, state, found, to_do } of report.checks) {
      console.log(`${SIGNS[state]}  ${name}: ${found}`);
      if (to_do !== null && state !== 'ok') console.log(`         → ${to_do}`);
    }
  }
  process.exitCode = report.state === 'problem' ? 1 : 0;
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
