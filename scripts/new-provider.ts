/**
 * `npm run new:provider -- <id> [--name N] [--base-url U] [--protocol P]` writes the folder of a provider that speaks
 * one of the formats we have, and its line in the list. Run again, it changes nothing that is there.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

const SOURCE = 'packages/providers/src';
const LIST = `${SOURCE}/list.ts`;

/** What is imported of each format that a server of somebody else's may speak. */
const FORMATS: Record<string, { name: string; call: string }> = {
  'chat-completions': { name: 'chatCompletions', call: 'chatCompletions()' },
  responses: { name: 'responses', call: 'responses' },
};

/** Folders beside the providers, and names that JavaScript keeps for itself. */
const TAKEN =
  /^(?:catalogue|protocols|list|index|new|default|delete|switch|case|class|const|enum|export|import|in|this|void|with|null|true|false|try|do|if|for|let|var|function|return|static|await|yield|package|public|private|protected|interface|arguments|eval)$/;
const ID = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const ID_CHARS_MAX = 40;
const LOCAL = /^http:\/\/(?:127\.0\.0\.1|localhost)(?::\d+)?(?:\/|$)/;

export interface NewProvider {
  id: string;
  name: string;
  base_url: string;
  protocol: string;
}

/** @throws Error with what to write instead. */
export function readArguments(args: string[]): NewProvider {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { name: { type: 'string' }, 'base-url': { type: 'string' }, protocol: { type: 'string' } },
  });
  const [id = '', ...more] = positionals;
  if (more.length > 0) throw new Error(`one provider at a time, not also ${more.join(' ')}`);
  if (!ID.test(id) || id.length > ID_CHARS_MAX || TAKEN.test(id))
    throw new Error(`an id is lower-case words with hyphens, as my-provider; ${JSON.stringify(id)} is none`);
  const protocol = values.protocol ?? 'chat-completions';
  if (FORMATS[protocol] === undefined)
    throw new Error(`--protocol is one of ${Object.keys(FORMATS).join(', ')}`);
  const base_url = (values['base-url'] ?? `https://api.${id}.com/v1`).replace(/\/+$/, '');
  if (!URL.canParse(base_url) || !/^[!-~]+$/.test(base_url) || /['"`\\{}?#]/.test(base_url))
    throw new Error(`--base-url is no URL: ${base_url}`);
  if (!base_url.startsWith('https://') && !LOCAL.test(base_url))
    throw new Error('--base-url is https, or http on this machine');
  const name =
    values.name ?? id.replace(/(?:^|-)(\w)/g, (_, letter: string) => ` ${letter.toUpperCase()}`).trim();
  if (!/^[\w .,&()+-]{1,60}$/.test(name)) throw new Error('--name is up to 60 letters, digits and spaces');
  return { id, name, base_url, protocol };
}

const exportName = (id: string): string => id.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

const variable = ({ id, base_url }: NewProvider): string =>
  LOCAL.test(base_url) ? 'null' : `'${id.toUpperCase().replaceAll('-', '_')}_API_KEY'`;

function renderIndex(provider: NewProvider): string {
  const { id, name, base_url, protocol } = provider;
  const format = FORMATS[protocol];
  return `import type { Provider } from '@sluice/contract';
import { bearer } from '../bearer.ts';
import { ${format?.name} } from '../protocols/${protocol}/index.ts';

export const ${exportName(id)}: Provider = {
  id: '${id}',
  name: '${name}',
  protocol: ${format?.call},
  base_url: '${base_url}',
  env_key: ${variable(provider)},
  authorize: bearer,
  price_provider: '${id}',
  docs_url: '${LOCAL.test(base_url) ? `https://github.com/search?q=${id}` : new URL(base_url).origin}',
};
`;
}

/** It fails until somebody records an exchange, and names prices or says why there are none. */
const renderTest = ({
  id,
}: NewProvider): string => `import { describeProvider } from '../provider-test-bed.ts';
import { ${exportName(id)} } from './index.ts';

describeProvider(${exportName(id)}, { recordings: ['${id}'] });
`;

/** @returns what was written, by path from the root; empty when all of it was there. */
export function writeProvider(root: string, provider: NewProvider): string[] {
  const written: string[] = [];
  const folder = `${SOURCE}/${provider.id}`;
  mkdirSync(path.join(root, folder), { recursive: true });
  const write = (file: string, text: string): void => {
    if (existsSync(path.join(root, file))) return;
    writeFileSync(path.join(root, file), text);
    written.push(file);
  };
  write(`${folder}/index.ts`, renderIndex(provider));
  write(`${folder}/provider.test.ts`, renderTest(provider));
  const list = readFileSync(path.join(root, LIST), 'utf8');
  const added = addLine(list, provider.id);
  if (added !== list) {
    writeFileSync(path.join(root, LIST), added);
    written.push(LIST);
  }
  return written;
}

/** The list with the provider's line in its alphabetical place. */
function addLine(list: string, id: string): string {
  const from = ` from './${id}/index.ts';`;
  if (list.includes(from)) return list;
  const lines = list.trimEnd().split('\n');
  const key = (line: string): string => /from '\.\/([^/]+)\//.exec(line)?.[1] ?? '';
  const at = lines.findIndex((line) => key(line) > id);
  lines.splice(at < 0 ? lines.length : at, 0, `export { ${exportName(id)} }${from}`);
  return `${lines.join('\n')}\n`;
}

if (process.argv[1]?.endsWith('new-provider.ts')) {
  try {
    const provider = readArguments(process.argv.slice(2));
    const written = writeProvider(path.resolve(import.meta.dirname, '..'), provider);
    if (written.length === 0) console.log(`${provider.id} was there already; nothing was changed`);
    else {
      for (const file of written) console.log(`wrote ${file}`);
      console.log(`
Now look at ${SOURCE}/${provider.id}/index.ts: the page of documentation, the price package's id of it, and what the
server refuses (the quirks of the format). Record a few exchanges into ${SOURCE}/${provider.id}/recorded/; the test
beside it names them, and says why where there are no prices. Then run
npm run vitest -- run --project unit ${SOURCE}/${provider.id} ${SOURCE}/providers.test.ts`);
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    console.error('usage: npm run new:provider -- <id> [--name N] [--base-url U] [--protocol P]');
    process.exitCode = 1;
  }
}
