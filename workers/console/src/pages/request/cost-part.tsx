import type { Trace } from '@sluice/client';
import { Bars, Facts } from '../../ui/figures.tsx';
import { formatCount, formatDuration, formatMoney, formatName, formatNanos } from '../../ui/format.ts';
import { Stack } from '../../ui/page.tsx';
import styles from './request-page.module.css';

const TOKENS = [
  ['Fresh input', 'input_tokens'],
  ['Read from the prompt cache', 'cache_read_tokens'],
  ['Written to the prompt cache', 'cache_write_tokens'],
  ['Written for an hour', 'cache_write_1h_tokens'],
  ['Audio in', 'input_audio_tokens'],
  ['Image in', 'input_image_tokens'],
  ['Output', 'output_tokens'],
  ['Reasoning', 'reasoning_tokens'],
  ['Audio out', 'output_audio_tokens'],
] as const;

/** Tokens by kind, and the money: what it cost, what was held for it, and who was charged. */
export function CostPart({ trace }: { trace: Trace }) {
  const { usage, budgets = [], cache } = trace;
  const tokens = usage === null ? [] : TOKENS.filter(([, name]) => (usage[name] ?? 0) > 0);
  const saved = cache?.saved_usd_nanos ?? null;
  const total = trace.cost_usd_nanos === null ? null : trace.cost_usd_nanos + trace.platform_fee_usd_nanos;
  return (
    <Stack>
      {tokens.length > 0 && usage !== null ? (
        <Bars
          label="Tokens"
          rows={tokens.map(([name, field]) => ({
            id: field,
            name,
            value: usage[field] ?? 0,
            shown: formatCount(usage[field] ?? 0),
          }))}
        />
      ) : (
        <p className={styles['words']}>No tokens were used.</p>
      )}
      {usage?.estimated === true && (
        <p className={styles['words']}>The provider did not say how many; the gateway counted.</p>
      )}
      <Facts
        rows={[
          ['Provider', formatMoney(trace.cost_usd)],
          trace.platform_fee_usd_nanos === 0 ? null : ['Platform fee', formatMoney(trace.platform_fee_usd)],
          ['Total', <strong key="total">{formatNanos(total)}</strong>],
          trace.savings_usd === null
            ? null
            : [
                'Against the default model',
                `${formatMoney(Math.abs(trace.savings_usd))} ${trace.savings_usd < 0 ? 'more' : 'less'}`,
              ],
          saved === null ? null : ['Saved by the cache', formatNanos(saved)],
          usage?.units === undefined ? null : ['Priced units', formatCount(usage.units)],
          usage?.gpu_ms === undefined ? null : ['GPU time', formatDuration(usage.gpu_ms)],
          ['Held before', formatMoney(trace.held_usd)],
          ['Settled', formatMoney(trace.settled_usd)],
          ['Prices from', trace.price_source ?? '– (no price is known)'],
          ...budgets.map(({ scope, subject, usd_nanos }): [string, string] => [
            `${formatName(scope)} budget${subject === null ? '' : ` of ${subject}`}`,
            `${formatNanos(usd_nanos)} charged`,
          ]),
        ]}
      />
    </Stack>
  );
}
