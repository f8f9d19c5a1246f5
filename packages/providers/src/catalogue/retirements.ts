import { tableNames } from './model-name.ts';

/**
 * When a provider will stop (or has stopped) serving a model itself, by our provider's id: clouds that serve the same
 * model set dates of their own. Only dates that a provider announced; "not sooner than" is none. Read 2026-11-21:
 * developers.openai.com/api/docs/deprecations, platform.claude.com/docs/en/about-claude/model-deprecations,
 * ai.google.dev/gemini-api/docs/deprecations.
 */
const RETIREMENTS: Record<string, Record<string, string>> = {
  openai: {
    '2025-07-14': 'gpt-4-5-preview',
    '2025-07-28': 'o1-preview',
    '2025-10-27': 'o1-mini',
    '2026-01-16': 'codex-mini',
    '2026-02-17': 'chatgpt-4o',
    '2026-07-23':
      'computer-use-preview gpt-5-chat gpt-5-codex gpt-5-1-chat gpt-5-1-codex gpt-5-1-codex-max gpt-5-1-codex-mini ' +
      'gpt-5-2-codex o3-deep-research o4-mini-deep-research gpt-4o-mini-search-preview gpt-4o-search-preview',
    '2026-08-10': 'gpt-5-2-chat gpt-5-3-chat',
    '2026-10-23':
      'gpt-3-5-turbo gpt-3-5-turbo-0125 gpt-4 gpt-4-0613 gpt-4-1106-preview gpt-4-turbo gpt-4o-2024-05-13 o1 o1-pro ' +
      'o3-mini o4-mini gpt-4-1-nano gpt-image-1',
    '2026-12-01': 'gpt-image-1-mini gpt-image-1-5 chatgpt-image',
    '2026-12-11': 'gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro o3 o3-pro',
    '2027-01-06': 'tts-1 tts-1-hd gpt-4o-mini-tts',
    '2027-01-14': 'gpt-4o gpt-4o-mini gpt-4-1 gpt-4-1-mini',
    '2027-02-26': 'whisper-1 gpt-4o-transcribe gpt-4o-mini-transcribe',
    '2027-04-01': 'gpt-5-1 gpt-5-3-codex gpt-5-4-nano',
  },
  anthropic: {
    '2025-07-21': 'claude-2 claude-2-0 claude-2-1 claude-3-sonnet',
    '2025-10-28': 'claude-3-5-sonnet',
    '2026-01-05': 'claude-3-opus',
    '2026-02-19': 'claude-3-7-sonnet',
    '2026-04-20': 'claude-3-haiku',
    '2026-06-15': 'claude-opus-4 claude-opus-4-0 claude-sonnet-4 claude-sonnet-4-0',
    '2026-08-05': 'claude-opus-4-1',
    '2026-11-30': 'claude-sonnet-4-5',
  },
  gemini: {
    // No longer on the page, which lists the living; from the release notes of that day.
    '2025-09-24': 'gemini-1-5-flash gemini-1-5-flash-8b gemini-1-5-pro',
    '2026-03-09': 'gemini-3-pro-preview',
    '2026-06-01': 'gemini-2-0-flash gemini-2-0-flash-001 gemini-2-0-flash-lite gemini-2-0-flash-lite-001',
    '2026-12-01': 'gemini-2-5-pro gemini-2-5-flash',
    '2027-05-07': 'gemini-3-1-flash-lite',
  },
};

/** Where the generated table has no date or a wrong one. Same pages, and the vendors' announcements. */
const RELEASES: Record<string, string> = {
  'claude-opus-4-5': '2025-11-24',
  'claude-opus-4-7': '2026-04-16',
  'claude-opus-5': '2026-07-24',
  'gemini-2-0-flash': '2025-02-05',
  'gemini-2-0-flash-lite': '2025-02-25',
  'gemini-2-5-pro': '2025-06-17',
  'gemini-2-5-flash': '2025-06-17',
  'gemini-2-5-flash-lite': '2025-07-22',
  'gemini-3-pro-preview': '2025-11-18',
  'gemini-3-flash-preview': '2025-12-17',
  'gemini-3-1-pro-preview': '2026-02-19',
  'gemini-3-1-flash-lite': '2026-05-07',
  'gemini-3-5-flash': '2026-05-19',
  'gemini-3-5-flash-lite': '2026-07-21',
  'gemini-3-6-flash': '2026-07-21',
  'gemini-3-7-flash': '2026-08-13',
  'gemini-3-8-flash': '2026-09-02',
};

const by_provider = new Map<string, Map<string, string>>();

function datesOf(provider: string): Map<string, string> {
  let dates = by_provider.get(provider);
  if (dates === undefined) {
    dates = new Map();
    for (const [date, names] of Object.entries(RETIREMENTS[provider] ?? {}))
      for (const name of names.split(' ')) dates.set(name, date);
    by_provider.set(provider, dates);
  }
  return dates;
}

/** ISO date; `null` = none announced that we know of. */
export function retiresOn(provider: string, name: string): string | null {
  if (!Object.hasOwn(RETIREMENTS, provider)) return null;
  const dates = datesOf(provider);
  for (const one of tableNames(name)) {
    const date = dates.get(one);
    if (date !== undefined) return date;
  }
  return null;
}

/** ISO date of a release that the generated table does not know; `null` = neither do we. */
export function announcedOn(name: string): string | null {
  for (const one of tableNames(name)) if (Object.hasOwn(RELEASES, one)) return RELEASES[one] ?? null;
  return null;
}
