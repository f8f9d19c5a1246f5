import { createHash, createHmac } from 'node:crypto';
import { GatewayError, type ProviderCall } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { resolveBaseUrl } from '../base-url.ts';
import { readCredential } from './credential.ts';
import { bedrock } from './index.ts';
import { signCall } from './sign.ts';

const ACCESS = 'AKIDEXAMPLE12345';
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const NOW_MS = Date.UTC(2015, 7, 30, 12, 36, 0);

const call = (url: string, body = '{"messages":[]}'): ProviderCall => ({
  url,
  headers: { 'content-type': 'application/json', 'x-llm-gateway-hops': '1', 'accept-encoding': 'identity' },
  body,
});

const connection = (credential: string, region: string | null = null) => ({
  credential,
  region,
  settings: {},
});

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Signature Version 4 as AWS's documentation describes it, with nothing of the library that is under test. */
function reference(sent: ProviderCall, region: string): string {
  const url = new URL(sent.url);
  const amz_date = sent.headers['x-amz-date'] ?? '';
  const signed = ['host', ...Object.keys(sent.headers).filter((name) => name.startsWith('x-amz-'))].sort();
  const headers = signed
    .map((name) => `${name}:${name === 'host' ? url.host : sent.headers[name]}\n`)
    .join('');
  const path = url.pathname
    .split('/')
    .map((segment) =>
      encodeURIComponent(segment).replace(
        /[!'()*]/g,
        (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
      ),
    )
    .join('/');
  const canonical = ['POST', path, '', headers, signed.join(';'), sha(String(sent.body))].join('\n');
  const scope = `${amz_date.slice(0, 8)}/${region}/bedrock/aws4_request`;
  const to_sign = ['AWS4-HMAC-SHA256', amz_date, scope, sha(canonical)].join('\n');
  const key = ['bedrock', 'aws4_request'].reduce(
    hmac,
    hmac(hmac(`AWS4${SECRET}`, amz_date.slice(0, 8)), region),
  );
  const signature = createHmac('sha256', key).update(to_sign).digest('hex');
  return `AWS4-HMAC-SHA256 Credential=${ACCESS}/${scope}, SignedHeaders=${signed.join(';')}, Signature=${signature}`;
}

describe('signing', () => {
  it.each([
    ['a model with a colon', 'https://bedrock-runtime.us-east-1.amazonaws.com/model/us.a-v1%3A0/converse'],
    [
      'an ARN',
      'https://bedrock-runtime.us-east-1.amazonaws.com/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fx/converse-stream',
    ],
    ['odd characters', 'http://127.0.0.1:4010/model/%C3%A4%20%27%28%29%2A%21~/converse'],
  ])('agrees with an independent implementation for %s', async (_, url) => {
    const sent = await signCall(call(url, '{"a":"ä\u{1f600}"}'), connection(`${ACCESS}:${SECRET}`), NOW_MS);
    expect(sent.url).toBe(url);
    expect(sent.headers.authorization).toBe(reference(sent, 'us-east-1'));
  });

  it('is compared with a derivation that gives the key which AWS published', () => {
    // The published example is of another service, so only the derivation of the key is compared:
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-examples.html (read 2026-11-21)
    const key = hmac(
      hmac(hmac(hmac('AWS4wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', '20120215'), 'us-east-1'), 'iam'),
      'aws4_request',
    );
    expect(key.toString('hex')).toBe('f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d');
  });

  it('signs the session token, and nothing that a network may change', async () => {
    const sent = await signCall(
      call('https://bedrock-runtime.eu-central-1.amazonaws.com/model/m/converse'),
      connection(JSON.stringify({ AccessKeyId: ACCESS, SecretAccessKey: SECRET, SessionToken: 'tok/en==' })),
      NOW_MS,
    );
    expect(sent.headers['x-amz-security-token']).toBe('tok/en==');
    expect(sent.headers.authorization).toContain('SignedHeaders=host;x-amz-date;x-amz-security-token,');
    expect(sent.headers.authorization).toBe(reference(sent, 'eu-central-1'));
    expect(sent.headers['content-type']).toBe('application/json');
  });

  it('changes with one byte of the body, the path or the time', async () => {
    const url = 'https://bedrock-runtime.us-east-1.amazonaws.com/model/m/converse';
    const pair = connection(`${ACCESS}:${SECRET}`);
    const all = await Promise.all([
      signCall(call(url), pair, NOW_MS),
      signCall(call(url, '{"messages":[1]}'), pair, NOW_MS),
      signCall(call(url.replace('/m/', '/n/')), pair, NOW_MS),
      signCall(call(url), pair, NOW_MS + 1000),
    ]);
    expect(new Set(all.map((sent) => sent.headers.authorization)).size).toBe(4);
  });

  it('takes the region of the host before that of the connection, and that before the default', async () => {
    const scope = async (host: string, region: string | null): Promise<string> => {
      const sent = await signCall(
        call(`https://${host}/m`),
        connection(`${ACCESS}:${SECRET}`, region),
        NOW_MS,
      );
      return sent.headers.authorization?.split('/')[2] ?? '';
    };
    expect(await scope('bedrock-runtime.eu-west-3.amazonaws.com', 'us-west-2')).toBe('eu-west-3');
    expect(await scope('vpce-1.example.net', 'us-west-2')).toBe('us-west-2');
    expect(await scope('vpce-1.example.net', null)).toBe('us-east-1');
  });

  it('leaves a call with an API key as it is', async () => {
    const given = call('https://bedrock-runtime.us-east-1.amazonaws.com/model/m/converse');
    expect(await signCall(given, connection('ABSKQmVkcm9ja0FQSUtleS1=='), NOW_MS)).toBe(given);
    expect(bedrock.authorize('ABSKQmVkcm9ja0FQSUtleS1==')).toEqual({
      authorization: 'Bearer ABSKQmVkcm9ja0FQSUtleS1==',
    });
    expect(bedrock.authorize(`${ACCESS}:${SECRET}`)).toEqual({});
  });
});

describe('credentials', () => {
  it('are a pair with or without a session token, whose colons belong to it', () => {
    expect(readCredential(`${ACCESS}:${SECRET}:a:b`)).toEqual({
      kind: 'signed',
      access_key_id: ACCESS,
      secret_access_key: SECRET,
      session_token: 'a:b',
    });
  });

  it.each([`{"access_key_id":"x"`, '{"access_key_id":"x"}', `${ACCESS}:`])(
    'that cannot be used are refused without being quoted: %s',
    (credential) => {
      expect(() => readCredential(credential)).toThrow(GatewayError);
      expect(() => readCredential(credential)).not.toThrow(ACCESS);
    },
  );

  it('come from AWS’s own variables, with the API key first', () => {
    const read = (env: Record<string, string>) => bedrock.fromEnvironment?.((name) => env[name] ?? null);
    expect(read({})).toBeNull();
    expect(read({ AWS_ACCESS_KEY_ID: ACCESS })).toBeNull();
    const pair = { AWS_ACCESS_KEY_ID: ACCESS, AWS_SECRET_ACCESS_KEY: SECRET, AWS_REGION: 'eu-west-1' };
    expect(read(pair)).toEqual({
      credential: JSON.stringify({ access_key_id: ACCESS, secret_access_key: SECRET }),
      settings: {},
      region: 'eu-west-1',
    });
    expect(read({ ...pair, AWS_BEARER_TOKEN_BEDROCK: 'key' })?.credential).toBe('key');
  });
});

it('takes no region that would leave its place in the host', () => {
  expect(resolveBaseUrl(bedrock, {}, 'us-gov-west-1')).toBe(
    'https://bedrock-runtime.us-gov-west-1.amazonaws.com',
  );
  for (const region of ['evil.example/', 'us-east-1.evil.example', 'us-east-1#', 'US-EAST-1', '']) {
    expect(() => resolveBaseUrl(bedrock, {}, region)).toThrow(GatewayError);
  }
});
