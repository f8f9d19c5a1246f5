import { expect, test } from 'vitest';
import { parseUpstreams } from './parse-upstreams.ts';

const WHOLE = {
  id: 'one',
  provider: 'openai',
  name: 'One',
  base_url: 'https://api.example/v1',
  credential: '',
  region: null,
  settings: { resource: 'x' },
  models: null,
  weight: 0.5,
  enabled: false,
  timeouts: { first_byte_ms: 1, idle_ms: 2, total_ms: 3 },
};

test('every member may be there, and all but the provider may be absent', () => {
  expect(parseUpstreams(JSON.stringify([WHOLE, { provider: 'groq' }]))).toEqual([
    WHOLE,
    { provider: 'groq' },
  ]);
});

test.each<[string, unknown, RegExp]>([
  ['not a list', { provider: 'openai' }, /must be a list/],
  ['a member that is no object', ['openai'], /0 must be an object/],
  ['no provider', [{}], /0\.provider is missing/],
  ['an unknown member', [WHOLE, { ...WHOLE, urls: [] }], /1\.urls is not known/],
  ['a member that every object has', '[{"provider":"a","constructor":1}]', /constructor is not known/],
  ['an empty id', [{ ...WHOLE, id: '' }], /0\.id must be text of 1 to 64 characters/],
  ['another scheme', [{ ...WHOLE, base_url: 'ftp://x' }], /0\.base_url must be an http or https URL/],
  ['no host', [{ ...WHOLE, base_url: 'https://' }], /0\.base_url/],
  [
    'a setting that is a number',
    [{ ...WHOLE, settings: { a: 1 } }],
    /0\.settings must be an object of texts/,
  ],
  ['models as text', [{ ...WHOLE, models: 'gpt' }], /0\.models must be a list/],
  ['a weight below 0', [{ ...WHOLE, weight: -1 }], /0\.weight/],
  ['enabled as text', [{ ...WHOLE, enabled: 'yes' }], /0\.enabled must be true or false/],
  ['a deadline of 0', [{ ...WHOLE, timeouts: { idle_ms: 0 } }], /0\.timeouts idle_ms must be a whole number/],
  ['an unknown deadline', [{ ...WHOLE, timeouts: { idle: 5 } }], /0\.timeouts idle is not known/],
])('%s is refused, and the message says where', (_, body, message) => {
  expect(() => parseUpstreams(typeof body === 'string' ? body : JSON.stringify(body))).toThrow(message);
});

test('no message shows a value', () => {
  for (const name of Object.keys(WHOLE)) {
    const body = JSON.stringify([{ ...WHOLE, [name]: ['SECRET'] }]);
    try {
      parseUpstreams(body);
    } catch (error) {
      expect(String(error)).not.toContain('SECRET');
    }
  }
});
