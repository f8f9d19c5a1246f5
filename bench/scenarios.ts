import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { LoadAsk } from './load.ts';

export interface Scenario extends Omit<LoadAsk, 'url' | 'headers' | 'authorizations' | 'body_file'> {
  id: string;
  title: string;
  body: 'chat' | 'big' | 'spaced' | 'burst' | 'long';
  /** For a stream run: its length is not scaled by --quick. */
  fixed: boolean;
}

const closed = { warm_seconds: 0.2, rate: null, chunks: null, fixed: false };

export const SCENARIOS: Scenario[] = [
  { id: 'c1', title: '1 connection', body: 'chat', connections: 1, seconds: 1.2, ...closed },
  { id: 'c8', title: '8 connections', body: 'chat', connections: 8, seconds: 1.2, ...closed },
  { id: 'c64', title: '64 connections', body: 'chat', connections: 64, seconds: 1.5, ...closed },
  {
    id: 'steady',
    title: '64 connections, after four seconds of the same',
    body: 'chat',
    connections: 64,
    seconds: 3,
    ...closed,
    warm_seconds: 4,
    fixed: true,
  },
  { id: 'big', title: '200 kB request, 8 connections', body: 'big', connections: 8, seconds: 1.2, ...closed },
  {
    id: 's20',
    title: '30 streams a second of 60 chunks, 20 ms apart',
    body: 'spaced',
    connections: 128,
    seconds: 2.5,
    warm_seconds: 0.5,
    rate: 30,
    chunks: 60,
    fixed: true,
  },
  {
    id: 's0',
    title: '8 streams at once of 60 chunks, back to back',
    body: 'burst',
    connections: 8,
    seconds: 1.2,
    ...closed,
    chunks: 60,
  },
  {
    id: 'long',
    title: '1 stream at a time of 2,000 chunks, back to back',
    body: 'long',
    connections: 1,
    seconds: 1.2,
    ...closed,
    chunks: 2000,
  },
];

const PARAGRAPH =
  'You are a helpful assistant for the support team of a small software company. Answer briefly, name the source of each fact, and say so when you do not know. ';
const NOTE =
  'The notes say "no later than March",\nand the team of five asks which of the three plans comes first. ';

function chatBody(model: string, words: string, mark: string | null): string {
  return JSON.stringify({
    model,
    messages: [
      { role: 'system', content: PARAGRAPH.repeat(3) },
      { role: 'user', content: words },
      { role: 'assistant', content: 'Which constraints matter most?' },
      { role: 'user', content: `Please read the notes. ${NOTE.repeat(2)}${mark ?? ''}` },
    ],
    temperature: 0.7,
    max_tokens: 256,
    stream: mark !== null,
    ...(mark === null ? {} : { stream_options: { include_usage: true } }),
  });
}

/** Writes the bodies for one model. @returns where each lies. */
export function writeBodies(dir: string, model: string): Record<Scenario['body'], string> {
  const write = (name: Scenario['body'], words: string, mark: string | null): string => {
    const file = path.join(dir, `${model.replaceAll('/', '-')}-${name}.json`);
    writeFileSync(file, chatBody(model, words, mark));
    return file;
  };
  const words = NOTE.repeat(8);
  return {
    chat: write('chat', words, null),
    big: write('big', NOTE.repeat(Math.ceil(200_000 / NOTE.length)), null),
    spaced: write('spaced', words, '[bench-60x20]'),
    burst: write('burst', words, '[bench-60x0]'),
    long: write('long', words, '[bench-2000x0]'),
  };
}
