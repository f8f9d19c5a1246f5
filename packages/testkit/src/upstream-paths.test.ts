import {
  type AnyProtocol,
  GatewayError,
  type ModelRequest,
  type Provider,
  UNKNOWN_ABILITIES,
} from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { staysInPlace } from '../../core/src/upstream-address.ts';
import { PROVIDERS } from '../../providers/src/index.ts';

const BENIGN = 'plain-model';
const PAYLOADS = [
  ...[
    '..',
    '.',
    '../..',
    '../../v1/files',
    '..\\..',
    './x',
    'x/..',
    'x/../../y',
    '%2e%2e',
    '%2E%2E/x',
    '.%2e',
    '%2e',
  ],
  ...[
    '..%2f..',
    '%252e%252e',
    '..;/x',
    '/',
    '//evil.example/x',
    '/etc/passwd',
    '\\\\evil.example',
    '@evil.example',
  ],
  ...[
    'x?key=1',
    '?x',
    'x&alt=json',
    'x#f',
    '#',
    'x:streamGenerateContent?x=',
    'x:y',
    ':',
    'http://evil.example/',
  ],
  ...[
    'a b',
    'a\tb',
    'a\nb',
    'a\r\nx-evil: 1',
    'a\0b',
    '%00',
    'ü',
    '\u2024\u2024',
    '\ud800',
    '{model}',
    '..?',
    '..#',
  ],
  ...[
    'projects/evil/models/x',
    'anthropic/../../x',
    'models/../x',
    'publishers/evil/models/x',
    'gemini-x',
    'claude-x',
  ],
];

/** Enough for every operation to be rendered. */
const asked = (model: string): ModelRequest =>
  ({
    model,
    messages: [{ role: 'user', content: 'hi' }],
    input: 'hi',
    inputs: ['hi'],
    prompt: 'hi',
    query: 'hi',
    documents: ['hi'],
    voice: 'alloy',
    form: new FormData(),
  }) as unknown as ModelRequest;

/** The path, or `null` where the request is refused before it is sent. */
function pathOf(protocol: AnyProtocol, model: string, stream: boolean): string | null {
  const body = asked(model);
  try {
    const { path } = protocol.renderRequest(body, {
      model,
      stream,
      output_tokens_max: 16,
      abilities: UNKNOWN_ABILITIES,
      source: { protocol: protocol.id, body_text: JSON.stringify(body), headers: {} },
    });
    return staysInPlace(path) ? path : null;
  } catch (error) {
    if (error instanceof GatewayError || error instanceof URIError) return null;
    throw error;
  }
}

const protocolsOf = (provider: Provider): AnyProtocol[] => [
  provider.protocol as AnyProtocol,
  ...(provider.protocols ?? []),
];

/** Segment for segment the template's, with the model (some drop a vendor's name before it) in the place of its own. */
function fitsTemplate(path: string, template: string, model: string): boolean {
  const parts = path.split(/[/?]/);
  const wanted = template.split(/[/?]/);
  return (
    parts.length === wanted.length &&
    wanted.every((segment, at) => {
      const part = parts[at] ?? '';
      const [before = '', after] = segment.split(BENIGN);
      if (after === undefined) return part === segment;
      if (!part.startsWith(before) || !part.endsWith(after)) return false;
      return model.endsWith(decodeURIComponent(part.slice(before.length, part.length - after.length)));
    })
  );
}

describe.each(PROVIDERS)('the paths of $id', (provider) => {
  it('are their templates, whatever the model is called', () => {
    for (const protocol of protocolsOf(provider)) {
      // What answers alone is never sent.
      if (protocol.answerAlone !== undefined) continue;
      for (const stream of [false, true]) {
        const template = pathOf(protocol, BENIGN, stream);
        if (template === null) continue;
        for (const payload of PAYLOADS) {
          const path = pathOf(protocol, payload, stream);
          if (path === null) continue;
          expect(new URL(`https://host.example/base${path}`).href).toBe(`https://host.example/base${path}`);
          const fits = fitsTemplate(path, template, payload.toWellFormed());
          expect([protocol.id, payload, path, fits]).toEqual([protocol.id, payload, path, true]);
        }
      }
    }
  });
});
