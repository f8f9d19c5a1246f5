/** A page that calls the gateway itself, and the backend that gives it a token: node scripts/run.mjs examples/browser/server.ts */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { base_url, virtual_key } from '../gateway.ts';

const port = Number(process.env['PORT'] ?? 8080);
const origin = `http://127.0.0.1:${port}`;
const page = readFileSync(path.join(import.meta.dirname, 'page.html'), 'utf8');

/** Here your own session says who is asking, and whether they may. The key stays on this side. */
async function createToken(user: string): Promise<Response> {
  return await fetch(`${base_url}/v1/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${virtual_key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      ttl_seconds: 600,
      origins: [origin],
      models: ['gpt-4o-mini'],
      limit_usd: 0.05,
      rate_limit: 20,
      user,
    }),
  });
}

const server = createServer(async (request, response) => {
  if (request.method === 'POST' && request.url === '/token') {
    // A form of another site cannot make the visitor's browser fetch one.
    if (request.headers.origin !== origin) return response.writeHead(403).end();
    const made = await createToken('visitor-1');
    const { token, expires_at } = (await made.json()) as { token?: string; expires_at?: string };
    response.writeHead(made.status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    return response.end(JSON.stringify({ token, expires_at, base_url }));
  }
  response.writeHead(request.url === '/' ? 200 : 404, { 'content-type': 'text/html; charset=utf-8' });
  return response.end(request.url === '/' ? page : '');
});
server.listen(port, '127.0.0.1', () => console.log(`Open ${origin}`));
