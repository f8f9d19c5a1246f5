import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..');

/** Which of our packages each package may import, and which libraries. Everything may import the contract. */
const ARROWS: Record<string, { packages: string[]; libraries: RegExp | null }> = {
  'packages/contract': { packages: [], libraries: null },
  'packages/core': {
    packages: ['contract'],
    libraries: /^(ipaddr\.js|libphonenumber-js|re2js|@cfworker\/json-schema|tinyld)(\/|$)/,
  },
  'packages/providers': {
    packages: ['contract'],
    libraries: /^(eventsource-parser$|papaparse$|aws4fetch$|@smithy\/eventstream-codec$|jose\/)/,
  },
  'packages/http': { packages: ['contract', 'core'], libraries: /^(hono|papaparse|zod)(\/|$)/ },
  'packages/cloudflare': {
    packages: ['contract', 'core'],
    libraries:
      /^(canonicalize|drizzle-orm|zod|jose|@opentelemetry\/(otlp-transformer|sdk-metrics)|cloudflare:\w+)(\/|$)?/,
  },
  'packages/upstash': {
    packages: ['contract', 'core'],
    libraries: /^@upstash\/(ratelimit|redis\/cloudflare)$/,
  },
  'packages/client': { packages: [], libraries: /^openapi-fetch$/ },
  'packages/simulator': { packages: [], libraries: /^node:/ },
  'packages/testkit': { packages: ['contract', 'core'], libraries: null },
  'workers/console': {
    packages: ['client'],
    libraries:
      /^(@base-ui\/react|@cfworker\/json-schema|@fontsource-variable\/inter|@tanstack\/react-\w+|canonicalize|eventsource-parser|lucide-react|papaparse|react|react-dom|uplot)(\/|$)/,
  },
  'workers/gateway': {
    packages: ['contract', 'core', 'providers', 'http', 'cloudflare', 'upstash'],
    libraries: /^cloudflare:\w+$/,
  },
};

/** Of core, the storage package may use the pure reducers and nothing that knows a request. */
const CLOUDFLARE_MAY = /^@sluice\/core\/(limits|routing|telemetry|webhooks)\//;

const LINES_MAX = 400;
const LONG_BY_NATURE = /(\.generated\.ts|d1\/schema\.ts|models\.ts)$/;

/** Tests and what only tests import. */
const TEST_SUPPORT = /(\.test|-test-bed|-fixture)\.tsx?$/;

interface Source {
  file: string;
  text: string;
  imports: string[];
}

function sourcesIn(folder: string): Source[] {
  return readdirSync(path.join(ROOT, folder, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !TEST_SUPPORT.test(entry.name))
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)))
    .filter((file) => !file.includes('__fixtures__'))
    .map((file) => {
      const text = readFileSync(path.join(ROOT, file), 'utf8');
      const imports = [
        ...text.matchAll(/^\s*(?:import|export)\s[^;]*?from\s+'([^']+)'|import\('([^']+)'\)/gm),
      ].map((match) => match[1] ?? match[2] ?? '');
      return { file, text, imports };
    });
}

describe.each(Object.entries(ARROWS))('%s', (folder, { packages, libraries }) => {
  const sources = sourcesIn(folder);

  it('imports only downward, and only the libraries it was given', () => {
    const wrong = sources.flatMap(({ file, imports }) =>
      imports
        .filter((target) => !target.startsWith('.'))
        .filter((target) => {
          const own = /^@sluice\/([a-z]+)/.exec(target)?.[1];
          return own === undefined ? !libraries?.test(target) : !packages.includes(own);
        })
        .map((target) => `${file} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('has no junk drawers and no file over the limit', () => {
    const drawers = sources.filter(({ file }) => /\/(utils?|helpers?|common|misc)\.tsx?$/.test(file));
    expect(drawers.map(({ file }) => file)).toEqual([]);
    const long = sources.filter(
      ({ file, text }) => !LONG_BY_NATURE.test(file) && text.split('\n').length > LINES_MAX,
    );
    expect(long.map(({ file }) => file)).toEqual([]);
  });

  it('names files in kebab-case', () => {
    const odd = sources.filter(
      ({ file }) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.generated|\.d)?\.tsx?$/.test(path.basename(file)),
    );
    expect(odd.map(({ file }) => file)).toEqual([]);
  });
});

it('the storage package uses only the reducers of core', () => {
  const wrong = sourcesIn('packages/cloudflare').flatMap(({ file, imports }) =>
    imports
      .filter((t) => t.startsWith('@sluice/core') && !CLOUDFLARE_MAY.test(t))
      .map((t) => `${file} imports ${t}`),
  );
  expect(wrong).toEqual([]);
});

it('nothing outside of providers compares a provider id', () => {
  const wrong = Object.keys(ARROWS)
    .filter((folder) => folder !== 'packages/providers' && folder !== 'packages/simulator')
    .flatMap(sourcesIn)
    .filter(
      ({ text }) =>
        /provider(\.id|_id)?\s*[!=]==\s*'/.test(text) || /case '(openai|anthropic|gemini)'/.test(text),
    );
  expect(wrong.map(({ file }) => file)).toEqual([]);
});
