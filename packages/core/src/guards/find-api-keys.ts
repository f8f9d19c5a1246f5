import type { Span } from './span.ts';

/**
 * Keys and tokens by the prefixes that their vendors gave them so that they can be found. Each pattern begins with
 * fixed characters behind a boundary and ends in one greedy class, so a text is read once.
 */
const PATTERNS: readonly RegExp[] = [
  // OpenAI, Anthropic, OpenRouter, DeepSeek, Stripe, Clerk, Paystack
  /(?<![A-Za-z0-9])(?:sk|rk|pk|whsec)[-_][A-Za-z0-9_-]{16,}/g,
  // GitHub, GitLab
  /(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{22,}|gl(?:pat|ptt|dt|rt)-[A-Za-z0-9_-]{20,})/g,
  // Slack
  /(?<![A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{10,}/g,
  /(?<![A-Za-z0-9])xapp-\d-[A-Za-z0-9-]{10,}/g,
  // AWS
  /(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])/g,
  // Google
  /(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{35}/g,
  /(?<![A-Za-z0-9])ya29\.[A-Za-z0-9_-]{20,}/g,
  /(?<![A-Za-z0-9])GOCSPX-[A-Za-z0-9_-]{20,}/g,
  // Hugging Face, Groq, xAI, Replicate, Perplexity, npm, PyPI, Sluice and others of the form name_secret
  /(?<![A-Za-z0-9])(?:hf|gsk|xai|r8|pplx|npm|pypi|slu|dop_v1|doo_v1|dor_v1|shpat|shpca|shppa|shpss|sq0atp|sq0csp|EAAA|lin_api|fw|csk|nvapi|tvly|vercel|sbp|rnd|fio-u|dckr_pat|glsa|ntn|secret|figd|atlasv1|hvs|hvb|PMAK|NRAK|rubygems|pscale_tkn|pscale_pw|tskey)[-_][A-Za-z0-9_-]{20,}/g,
  // SendGrid, Mailgun, Twilio
  /(?<![A-Za-z0-9])SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}/g,
  /(?<![A-Za-z0-9])key-[0-9a-f]{32}(?![A-Za-z0-9])/g,
  /(?<![A-Za-z0-9])(?:AC|SK)[0-9a-f]{32}(?![A-Za-z0-9])/g,
  // Telegram bots
  /(?<![A-Za-z0-9])\d{8,10}:AA[A-Za-z0-9_-]{33}/g,
  // JSON Web Tokens
  /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?/g,
  // age
  /(?<![A-Za-z0-9])AGE-SECRET-KEY-1[A-Z0-9]{30,}/g,
];

/** Nearly every pattern needs one of these; a text without them is left at once. */
const HINT = /[-_]|eyJ|AKIA|ASIA|ABIA|ACCA|AIza|ya29|SG\.|:AA|AC[0-9a-f]{8}|SK[0-9a-f]{8}/;
const PEM_HEAD = '-----BEGIN ';
const PEM_CHARS_MAX = 16_384;

/** A key that is longer is found by its beginning, and all of its unbroken run belongs to it. */
export function findApiKeys(text: string): Span[] {
  if (text.length < 16 || !HINT.test(text)) return [];
  const found: Span[] = [];
  for (const pattern of PATTERNS) {
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text))
      // Words joined by dashes (`sk-fading-circle`) have no digit; to look for one ahead would take the square of the time.
      if (/\d|^A[A-Z]{3}/.test(match[0]))
        found.push({ start: match.index, end: match.index + match[0].length, type: 'api_key' });
  }
  for (let at = text.indexOf(PEM_HEAD); at >= 0; at = text.indexOf(PEM_HEAD, at + 1)) {
    const kind = /^-----BEGIN [A-Z ]{0,40}PRIVATE KEY/.exec(text.slice(at, at + 70));
    if (kind === null) continue;
    const tail = text.indexOf('-----END', at);
    const close = tail < 0 ? -1 : text.indexOf('-----', tail + 8);
    const end = Math.min(close < 0 ? text.length : close + 5, at + PEM_CHARS_MAX);
    found.push({ start: at, end, type: 'api_key' });
    at = end;
  }
  return found.sort((a, b) => a.start - b.start);
}
