import type { AnyProtocol } from '@sluice/contract';
import { embeddings } from '../embeddings/openai.ts';
import { completions } from './completions.ts';
import { imageEdits, images } from './images.ts';
import { moderations } from './moderations.ts';
import { transcriptions, translations } from './sound.ts';
import { speech } from './speech.ts';

export { completions } from './completions.ts';
export { imageEdits, images } from './images.ts';
export { moderations } from './moderations.ts';
export { rerank } from './rerank.ts';
export { transcriptions, translations } from './sound.ts';
export { speech } from './speech.ts';

/** Everything beside chat that OpenAI itself has. */
export const OPENAI_OPERATIONS: readonly AnyProtocol[] = [
  embeddings(),
  completions,
  images,
  imageEdits,
  speech,
  transcriptions(),
  translations(),
  moderations,
];
