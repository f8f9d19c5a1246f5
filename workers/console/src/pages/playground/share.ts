import { NO_SETTINGS, type Settings } from './settings.ts';

/** What a link carries: never a key, a token or a picture. */
export interface Shared {
  models: string[];
  settings: Settings;
  /** What the conversation was begun with. */
  prompt: string;
}

const PREFIX = 'p=';

/** As the address' fragment, which browsers send to nobody. */
export function renderFragment({ models, settings, prompt }: Shared): string {
  const set = Object.fromEntries(
    Object.entries(settings).filter(([name, value]) => value !== NO_SETTINGS[name as keyof Settings]),
  );
  const bytes = new TextEncoder().encode(JSON.stringify({ models, prompt, ...set }));
  return `${PREFIX}${encode(bytes)}`;
}

/** `null` = there is none in it, or none that can be read. */
export function parseFragment(hash: string): Shared | null {
  const text = hash.replace(/^#/, '');
  if (!text.startsWith(PREFIX)) return null;
  try {
    const read = JSON.parse(new TextDecoder().decode(decode(text.slice(PREFIX.length)))) as unknown;
    if (typeof read !== 'object' || read === null) return null;
    const { models, prompt, ...set } = read as Record<string, unknown>;
    const settings = { ...NO_SETTINGS };
    for (const name of Object.keys(NO_SETTINGS) as (keyof Settings)[]) {
      const value = set[name];
      if (typeof value === 'string' && name !== 'format') settings[name] = value;
    }
    if (set['format'] === 'json_object' || set['format'] === 'json_schema') settings.format = set['format'];
    return {
      models: Array.isArray(models) ? models.filter((one) => typeof one === 'string') : [],
      settings,
      prompt: typeof prompt === 'string' ? prompt : '',
    };
  } catch {
    return null;
  }
}

const encode = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');

const decode = (text: string): Uint8Array =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
