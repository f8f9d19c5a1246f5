/** `GET /`: says what runs here and where to go on. The console will take this place. */
export const renderHomePage = (version: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sluice</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 42rem; padding: 0 1rem; color: #1d2733; }
  code { background: #eef2f6; padding: .1em .3em; border-radius: 4px; }
  @media (prefers-color-scheme: dark) { body { background: #12171d; color: #dfe6ee; } code { background: #232b35; } }
</style>
<h1>Sluice ${version}</h1>
<p>The gateway is running. Point an OpenAI client at <code>/v1</code> on this host and give it a virtual key.</p>
<ul>
  <li><code>POST /v1/chat/completions</code>, <code>GET /v1/models</code></li>
  <li><code>GET /v1/key</code>: limits, spent, held, remaining</li>
  <li><code>GET /v1/receipts/{request_id}</code>: why that model answered and what it cost</li>
  <li><code>GET /v1/streams/{request_id}</code>: the rest of a stream after a lost connection</li>
  <li><code>/admin/v1/keys</code>, <code>traces</code>, <code>usage</code>, <code>audit</code>: administration, with the admin key</li>
  <li><a href="/docs">API reference</a>, to read and to try; <a href="/openapi.json">its OpenAPI description</a></li>
</ul>
</html>
`;
