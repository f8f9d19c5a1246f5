import type { ChatBody } from './build-request.ts';

export const LANGUAGES = { curl: 'curl', python: 'Python', node: 'Node' } as const;
export type Language = keyof typeof LANGUAGES;

/** The request as a program that reads the key from `SLUICE_KEY`. */
export function renderCode(language: Language, origin: string, body: ChatBody): string {
  const shown = withoutPictures(body) as ChatBody;
  switch (language) {
    case 'curl':
      return renderCurl(origin, shown);
    case 'python':
      return renderPythonCall(origin, shown);
    case 'node':
      return renderNode(origin, shown);
  }
}

const renderCurl = (origin: string, body: ChatBody): string =>
  [
    `curl -N ${origin}/v1/chat/completions \\`,
    `  -H "Authorization: Bearer $SLUICE_KEY" \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '${JSON.stringify({ ...body, stream: true }, null, 2).replaceAll("'", `'\\''`)}'`,
  ].join('\n');

function renderPythonCall(origin: string, body: ChatBody): string {
  const fields = Object.entries(body).map(([name, value]) => `    ${name}=${renderPython(value, 1)},`);
  return `import os
from openai import OpenAI

client = OpenAI(base_url="${origin}/v1", api_key=os.environ["SLUICE_KEY"])
stream = client.chat.completions.create(
${fields.join('\n')}
    stream=True,
)
for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)
`;
}

const renderNode = (origin: string, body: ChatBody): string => `import OpenAI from 'openai';

const client = new OpenAI({ baseURL: '${origin}/v1', apiKey: process.env.SLUICE_KEY });
const stream = await client.chat.completions.create(${JSON.stringify({ ...body, stream: true }, null, 2)});
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? '');
`;

/** JSON's strings are Python's, too; its words are not. */
function renderPython(value: unknown, depth: number): string {
  const gap = '    '.repeat(depth);
  const within = (open: string, parts: string[], close: string): string =>
    parts.length === 0 ? open + close : `${open}\n${gap}    ${parts.join(`,\n${gap}    `)},\n${gap}${close}`;
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (Array.isArray(value))
    return within(
      '[',
      value.map((one) => renderPython(one, depth + 1)),
      ']',
    );
  if (typeof value === 'object')
    return within(
      '{',
      Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${renderPython(one, depth + 1)}`),
      '}',
    );
  return JSON.stringify(value);
}

/** A picture is more letters than anybody reads. */
function withoutPictures(value: unknown): unknown {
  if (typeof value === 'string')
    return value.startsWith('data:') ? value.replace(/,.*$/s, ',…your picture in base64…') : value;
  if (Array.isArray(value)) return value.map(withoutPictures);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withoutPictures(one)]));
  return value;
}
