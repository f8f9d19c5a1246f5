import { type FormRequest, noUsage, type Protocol, type Usage } from '@sluice/contract';
import { isRecord } from '../chat-completions/usage.ts';
import { count } from './counts.ts';
import { renderForm } from './render-form.ts';
import { createScan, type Json } from './scan.ts';
import { UNTRANSLATED } from './untranslated.ts';

interface SoundQuirks {
  /** Less than this is billed as this. */
  seconds_least: number;
}

const seconds = (value: number): Usage => ({ ...noUsage(), units: value });

/** `{type: "tokens"}` or `{type: "duration"}`; `verbose_json` says its duration beside. */
function usageOf(body: Json): Usage | null {
  const raw = isRecord(body['usage']) ? body['usage'] : {};
  const input = count(raw['input_tokens'] ?? raw['prompt_tokens']);
  const output = count(raw['output_tokens'] ?? raw['completion_tokens']);
  if (input + output > 0) {
    const details = isRecord(raw['input_token_details']) ? raw['input_token_details'] : {};
    const audio = Math.min(input, count(details['audio_tokens']));
    return { ...noUsage(), input_tokens: input - audio, input_audio_tokens: audio, output_tokens: output };
  }
  const duration = Number(raw['seconds'] ?? body['duration'] ?? Number.NaN);
  return duration > 0 && Number.isFinite(duration) ? seconds(Math.ceil(duration)) : null;
}

const TIME = /(?:(\d{2,}):)?(\d{2}):(\d{2})[.,]\d{3}/g;

/** Subtitles end when the last thing is said: not all of the sound, but what they tell of it. */
function usageOfText(text: string): Usage | null {
  if (!text.includes('-->')) return null;
  const last = [...text.matchAll(TIME)].at(-1);
  if (last === undefined) return null;
  const [, hours = '0', minutes, rest] = last;
  return { ...seconds(Number(hours) * 3600 + Number(minutes) * 60 + Number(rest) + 1), estimated: true };
}

const pass_through = createScan({
  usageOf,
  usageOfText,
  usageOfEvent: usageOf,
  isEnd: (event) => event['type'] === 'transcript.text.done',
});

/**
 * Sound to text: JSON, plain text or subtitles, as the client asked. Where the answer does not say how long the sound
 * is, the most that its file can hold is charged.
 * @see https://platform.openai.com/docs/api-reference/audio/createTranscription (read 2026-11-21)
 */
function createSound(
  id: 'transcriptions' | 'translations',
  quirks: Partial<SoundQuirks>,
): Protocol<FormRequest> {
  const least = quirks.seconds_least ?? 0;
  const atLeast = (usage: Usage | null): Usage | null =>
    usage?.units === undefined || usage.units >= least ? usage : { ...usage, units: least };
  return {
    id,
    operation: id,
    answers: 'text',
    renderRequest: (asked, options) => renderForm(`/audio/${id}`, asked, options),
    usageOf: (asked) => ({ ...seconds(Math.max(least, asked.sound_seconds ?? 0)), estimated: true }),
    ...UNTRANSLATED,
    pass_through: {
      ...pass_through,
      scanAnswer: (text) => {
        const scanned = pass_through.scanAnswer(text);
        scanned.usage = atLeast(scanned.usage);
        return scanned;
      },
    },
  };
}

export const transcriptions = (quirks: Partial<SoundQuirks> = {}): Protocol<FormRequest> =>
  createSound('transcriptions', quirks);

export const translations = (quirks: Partial<SoundQuirks> = {}): Protocol<FormRequest> =>
  createSound('translations', quirks);
