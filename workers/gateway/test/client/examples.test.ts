import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { base_url, createVirtualKey } from './harness.ts';

const ROOT = path.resolve(import.meta.dirname, '../../../..');
const EXAMPLES = path.join(ROOT, 'examples');

interface Ran {
  code: number | null;
  output: string;
  errors: string;
}

let env: Record<string, string | undefined>;

beforeAll(async () => {
  const key = (await createVirtualKey()).secret;
  env = { ...process.env, SLUICE_BASE_URL: base_url, SLUICE_KEY: key, NO_COLOR: '1' };
});

/** Runs one example as a person would, against the gateway of this test. */
function run(command: string, file: string): Promise<Ran> {
  const child = spawn(command, [path.join(EXAMPLES, file)], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ran: Ran = { code: null, output: '', errors: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    ran.output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    ran.errors += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ ...ran, code }));
  });
}

/** What each example must print to have shown what it is there to show. */
const PRINTS: Record<string, (string | RegExp)[]> = {
  'openai-node/chat.ts': ['Say hello to Sluice', 'Tell me about rivers', 'Sunny in Ghent, 21 degrees'],
  'openai-node/responses.ts': ['gpt-4o-mini: ', 'claude-sonnet-4-6: ', 'gemini-2.5-flash: ', /\n\d+ tokens/],
  'anthropic/messages.ts': [
    'claude-sonnet-4-6: ',
    'gpt-4o-mini: ',
    /\d+ tokens in, \d+ out/,
    'Sunny, 21 degrees',
  ],
  'langchain/chat.ts': [
    'Say hello to Sluice',
    'Tell me about rivers',
    'Sunny in Ghent',
    /name: '\w+', age: \d+/,
  ],
  'llamaindex/chat.ts': [
    'Say hello to Sluice',
    'Tell me about rivers',
    'Sunny in Ghent',
    /name: '\w+', age: \d+/,
  ],
  'ai-sdk/chat.ts': [
    'Say hello to Sluice',
    'Tell me about rivers',
    'Sunny in Ghent',
    /name: '\w+', age: \d+/,
  ],
  'embeddings/search.ts': [/^\d\.\d+ {2}A sluice is a gate/, /\d+ tokens/],
  'curl/chat.sh': ['"chat.completion"', '"candidates_evaluated"', 'data: [DONE]'],
  'curl/responses.sh': ['"object":"response"', 'event: response.completed'],
  'curl/messages.sh': ['"type":"message"', 'event: message_stop', '"input_tokens"'],
  'curl/embeddings.sh': ['"object":"list"', '"embedding"'],
  'openai-python/raw.py': ['You said', "'request_id': 'req_"],
  'openai-python/sdk.py': ['You said', 'Tell me about rivers'],
};

const COMMANDS: Record<string, string> = { ts: process.execPath, sh: 'bash', py: 'python3' };

function hasPythonClient(): boolean {
  return spawnSync('python3', ['-c', 'import openai'], { stdio: 'ignore' }).status === 0;
}
const absent: Record<string, string | false> = {
  sh: spawnSync('curl', ['--version'], { stdio: 'ignore' }).status !== 0 && 'curl is not installed',
  py: spawnSync('python3', ['--version'], { stdio: 'ignore' }).status !== 0 && 'python3 is not installed',
};

describe('examples', () => {
  it('are all run here', () => {
    const found = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.includes(path.sep) && /\.(ts|sh|py)$/.test(file))
      .map((file) => file.split(path.sep).join('/'))
      // They have tests of their own, gpu-pools.test.ts and browser-example.test.ts.
      .filter((file) => !['gpu/register.sh', 'browser/server.ts'].includes(file));
    expect(found.sort()).toEqual(Object.keys(PRINTS).sort());
  });

  for (const [file, expected] of Object.entries(PRINTS)) {
    const kind = file.split('.').at(-1) ?? '';
    const reason =
      absent[kind] ||
      (file === 'openai-python/sdk.py' && !hasPythonClient() && 'no openai package for Python');
    it.skipIf(reason)(
      `${file} runs and shows what it is for${reason ? ` (skipped: ${reason})` : ''}`,
      async () => {
        const { code, output, errors } = await run(COMMANDS[kind] ?? '', file);
        expect(errors.replace(/\(node:\d+\).*\n?/g, '')).toBe('');
        expect(code).toBe(0);
        for (const part of expected) expect(output).toMatch(part);
      },
    );
  }
});
