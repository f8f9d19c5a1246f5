import type { Recommendation } from '@sluice/client';
import {
  formatCount,
  formatDateTime,
  formatDay,
  formatDuration,
  formatMoney,
  formatName,
  formatShare,
} from '../../ui/format.ts';

type Saving = NonNullable<Recommendation['saving']>;
type Effect = NonNullable<Recommendation['effect']>;

const UNITS: Record<Saving['unit'], { format: (value: number) => string; per: string }> = {
  usd_per_month: { format: (usd) => formatMoney(usd), per: 'a month' },
  ms_per_request: { format: formatDuration, per: 'a request' },
  requests_per_month: { format: formatCount, per: 'requests a month' },
};

/** "$120.00", "a month" and "$80.00 – $160.00". */
export function savingWords({ unit, low, expected, high }: Saving) {
  const { format, per } = UNITS[unit];
  return { expected: format(expected), per, range: `${format(low)} – ${format(high)}` };
}

/** Its letters are those of other pages; the rest of a name is words. */
const LABELS: Record<string, string> = { ttl: 'TTL', api: 'API' };

const labelOf = (name: string): string =>
  formatName(
    name
      .replace(/_(usd|ms|seconds)$/, '')
      .split('_')
      .map((word) => LABELS[word] ?? word)
      .join(' '),
  );

function shownOf(name: string, value: number | string | null): string {
  if (value === null) return '–';
  if (typeof value === 'string') {
    if (/_at$/.test(name)) return formatDateTime(value);
    return /^\d{4}-\d{2}-\d{2}$/.test(value) ? formatDay(`${value}T12:00:00`) : value;
  }
  if (/_usd$/.test(name)) return formatMoney(value);
  if (/_ms$/.test(name)) return formatDuration(value);
  if (/_seconds$/.test(name)) return formatDuration(value * 1_000);
  if (/_share$/.test(name)) return formatShare(value);
  return formatCount(value);
}

/** What it was computed from, as names and values; a lower bound stands beside what it bounds. */
export function evidenceRows({ evidence }: Recommendation): [string, string][] {
  const { samples, from, to, ...own } = evidence;
  const rows = Object.entries(own)
    .filter(([name]) => !/_(low|high)$/.test(name) && !/_(low|high)_usd$/.test(name))
    .map(([name, value]): [string, string] => {
      const [low, high] = ['low', 'high'].map(
        (end) => own[`${name}_${end}`] ?? own[name.replace(/_usd$/, `_${end}_usd`)] ?? null,
      );
      const bounds = [
        low === null || low === undefined || low === value ? '' : `at least ${shownOf(name, low)}`,
        high === null || high === undefined || high === value ? '' : `at most ${shownOf(name, high)}`,
      ].filter((word) => word !== '');
      return [labelOf(name), `${shownOf(name, value)}${bounds.length > 0 ? ` (${bounds.join(', ')})` : ''}`];
    });
  return [
    ...rows,
    ['Requests it rests on', shownOf('samples', samples ?? null)],
    [
      'Read',
      typeof from === 'string' && typeof to === 'string' ? `${formatDay(from)} – ${formatDay(to)}` : '–',
    ],
  ];
}

const METRICS: Record<Effect['metric'], string> = {
  cost_per_request: 'Cost of a request',
  latency: 'Latency',
  failed_share: 'Share that failed',
  refused_share: 'Share that was refused',
};

const amountOf: Record<Effect['unit'], (value: number) => string> = {
  usd: (usd) => formatMoney(usd),
  ms: formatDuration,
  share: formatShare,
};

/** What a change came to, before and after, in words. */
export function effectWords({ metric, unit, before, after, difference, verdict }: Effect) {
  const format = amountOf[unit];
  const side = (one: Effect['before']) =>
    one === null
      ? { value: '–', about: 'Too few requests to say' }
      : {
          value: format(one.value),
          about: `${format(one.low)} – ${format(one.high)}, ${formatCount(one.samples)} requests`,
        };
  const signed = (value: number) => `${value > 0 ? '+' : value < 0 ? '−' : ''}${format(Math.abs(value))}`;
  return {
    metric: METRICS[metric],
    before: side(before),
    after: side(after),
    difference:
      difference === null
        ? null
        : {
            value: signed(difference.expected),
            about: `${signed(difference.low)} to ${signed(difference.high)}`,
          },
    verdict,
  };
}
