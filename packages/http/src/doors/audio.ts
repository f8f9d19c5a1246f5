import type { FormRequest, ModelRequest, RequestBounds } from '@sluice/contract';
import { readForm } from '../read-form.ts';
import { checkModel, checkText, invalidField } from './body-fields.ts';
import { filesOf, parseFields } from './form-fields.ts';
import { parseJsonBody } from './parse-json-body.ts';
import { createPlainDoor } from './plain-door.ts';
import { soundSecondsMax } from './sound-length.ts';

const EXAMPLE_SPEECH = 'gpt-4o-mini-tts';
const EXAMPLE_SOUND = 'whisper-1';
/** The least that any provider bills for a sound (Groq; console.groq.com/docs/speech-to-text, read 2026-11-21). */
const SECONDS_LEAST = 10;
/** Ten tokens a second of sound, at OpenAI and Mistral; twice that for what is to come. */
const TOKENS_PER_SECOND = 20;
/** Nobody says more than four words a second. */
const TEXT_TOKENS_PER_SECOND = 8;

/** @see https://platform.openai.com/docs/api-reference/audio/createSpeech (read 2026-11-21) */
export const speechDoor = createPlainDoor({
  protocol: 'speech',
  operation: 'speech',
  bounds: (asked, body_bytes) => ({
    input_tokens: Math.ceil(body_bytes / 2),
    output_tokens: 0,
    units: String(asked['input']).length,
  }),
});

/** @see https://platform.openai.com/docs/api-reference/audio/createTranscription (read 2026-11-21) */
export const transcriptionsDoor = createPlainDoor({
  protocol: 'transcriptions',
  operation: 'transcriptions',
  bounds: soundBounds,
});

/** @see https://platform.openai.com/docs/api-reference/audio/createTranslation (read 2026-11-21) */
export const translationsDoor = createPlainDoor({
  protocol: 'translations',
  operation: 'translations',
  bounds: soundBounds,
});

function soundBounds(asked: ModelRequest): RequestBounds {
  const { sound_seconds = SECONDS_LEAST } = asked as FormRequest;
  const output_tokens = sound_seconds * TEXT_TOKENS_PER_SECOND;
  return {
    input_tokens: sound_seconds * TOKENS_PER_SECOND + String(asked['prompt'] ?? '').length,
    output_tokens,
    output_tokens_floor: output_tokens,
    units: Math.max(SECONDS_LEAST, sound_seconds),
  };
}

/** @throws GatewayError invalid_json, invalid_request */
export function parseSpeech(body_text: string): ModelRequest {
  const body = parseJsonBody(body_text);
  checkModel(body, EXAMPLE_SPEECH);
  checkText(body, 'input');
  return body as unknown as ModelRequest;
}

/** @throws GatewayError request_too_large, invalid_request */
export async function readSound(
  request: Request,
): Promise<{ text: string; bytes: number; asked: FormRequest }> {
  const { form, bytes } = await readForm(request);
  const asked = parseFields(form, EXAMPLE_SOUND);
  const [file, ...more] = filesOf(form, 'file');
  if (file === undefined) throw invalidField('file', 'must be a sound file');
  if (more.length > 0) throw invalidField('file', 'must be one sound file');
  asked.sound_seconds = await soundSecondsMax(file);
  return { text: '', bytes, asked };
}
