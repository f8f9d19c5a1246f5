import type { ContentPart, Message } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { estimateInput } from './token-estimate.ts';

function upperOf(part: ContentPart): number {
  const messages: Message[] = [{ role: 'user', content: [part] }];
  const body_text = JSON.stringify({ model: 'm', messages });
  const bounds = { input_tokens: null, output_tokens: null, units: 0 };
  return estimateInput({ body_text, body_bytes: body_text.length, asked: { model: 'm', messages }, bounds })
    .upper_tokens;
}

describe('what a hold reckons a document with', () => {
  it('is its size where it came along', () => {
    const file_data = `data:application/pdf;base64,${'A'.repeat(80_000)}`;
    expect(upperOf({ type: 'file', file: { file_data } })).toBeGreaterThan(10_000);
    expect(upperOf({ type: 'file', file: { file_data } })).toBeLessThan(12_000);
  });

  it.each([
    { file_id: 'file-1' },
    { file_data: 'https://example.com/long.pdf' },
    { file_data: 'HTTP://example.com/long.pdf' },
  ])('is as much as a model can read where it is only named: %j', (file) => {
    expect(upperOf({ type: 'file', file })).toBeGreaterThan(300_000);
  });
});
