import { expect, it } from 'vitest';
import { chats } from './chats.ts';

it.each([
  'gpt-4o-mini',
  'gpt-5.1',
  'claude-sonnet-4-5',
  'gemini-2.5-flash',
  'llama-3.3-70b-versatile',
  'command-a-03-2025',
  'mistral-small-latest',
  'deepseek-chat',
  'grok-4',
  'qwen2.5-7b',
  '@cf/meta/llama-4-scout-17b-16e-instruct',
  'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
  'my-own-model',
])('%s chats', (model) => {
  expect(chats(model)).toBe(true);
});

it.each([
  'rerank-v3.5',
  'text-embedding-3-small',
  'embed-v4.0',
  'mistral-embed',
  'intfloat/e5-mistral-7b-instruct',
  '@cf/baai/bge-m3',
  'omni-moderation-latest',
  'llama-guard-4-12b',
  'whisper-1',
  'whisper-large-v3',
  'tts-1-hd',
  'gpt-4o-mini-tts',
  'gpt-4o-transcribe',
  'dall-e-3',
  'gpt-image-1',
  'grok-imagine-image',
  'grok-2-image',
  'imagen-4',
  'mistral-ocr-latest',
  'gpt-realtime',
  'grok-voice-latest',
])('%s does not', (model) => {
  expect(chats(model)).toBe(false);
});
