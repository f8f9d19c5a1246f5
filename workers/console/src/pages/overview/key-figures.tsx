import type { ActivityReport, UsageSums } from '@sluice/client';
import { Figure, Figures } from '../../ui/figures.tsx';
import { formatCompact, formatCount, formatDuration, formatMoney, formatShare } from '../../ui/format.ts';
import { changeOf, type Span } from './usage-queries.ts';

interface KeyFiguresProps {
  span: Span;
  sums: UsageSums | undefined;
  before_span: Span;
  before: UsageSums | undefined;
  activity: ActivityReport | undefined;
}

const tokensOf = (sums: UsageSums): number => sums.input_tokens + inputCached(sums) + sums.output_tokens;
const inputCached = (sums: UsageSums): number => sums.cache_read_tokens + sums.cache_write_tokens;
const successOf = ({ requests, errors }: UsageSums): number | null =>
  requests === 0 ? null : 1 - errors / requests;
const savedOf = (sums: UsageSums): number => sums.cache_saved_usd + sums.savings_usd;

/** What an operator looks at first, each beside the period before. */
export function KeyFigures({ span, sums, before_span, before, activity }: KeyFiguresProps) {
  const change = (value: (of: UsageSums) => number): number | null =>
    sums === undefined || before === undefined
      ? null
      : changeOf(value(sums), span, value(before), before_span);
  const shown = (value: (of: UsageSums) => string): string | undefined =>
    sums === undefined ? undefined : value(sums);
  const success = sums && successOf(sums);
  const success_before = before && successOf(before);
  const { latency, ttft } = activity?.total ?? {};
  return (
    <Figures columns={4}>
      <Figure
        label="Requests"
        value={shown(({ requests }) => formatCompact(requests))}
        title={formatCount(sums?.requests ?? 0)}
        change={change(({ requests }) => requests)}
      />
      <Figure
        label="Success rate"
        value={success === undefined ? undefined : formatShare(success)}
        change={
          success === undefined || success === null || success_before === undefined || success_before === null
            ? null
            : success - success_before
        }
        more_is="good"
        note={shown(({ errors }) => `${formatCompact(errors)} ${errors === 1 ? 'error' : 'errors'}`)}
      />
      <Figure
        label="Spend"
        value={shown(({ total_usd }) => formatMoney(total_usd))}
        change={change(({ total_usd }) => total_usd)}
        more_is="bad"
        note={
          sums && sums.unpriced_requests > 0 && `${formatCompact(sums.unpriced_requests)} without a price`
        }
      />
      <Figure
        label="Saved"
        value={shown((all) => formatMoney(savedOf(all)))}
        title="By the cache, and by routing against the default model"
        note={shown(
          ({ cache_saved_usd, savings_usd }) =>
            `${formatMoney(cache_saved_usd)} cache, ${formatMoney(savings_usd)} routing`,
        )}
      />
      <Figure
        label="Tokens"
        value={shown((all) => formatCompact(tokensOf(all)))}
        title={sums && formatCount(tokensOf(sums))}
        change={change(tokensOf)}
      />
      <Figure
        label="Cache hits"
        value={shown(({ cache_hits }) => formatCompact(cache_hits))}
        change={change(({ cache_hits }) => cache_hits)}
        more_is="good"
        note={shown(({ cache_hits, requests }) =>
          requests === 0 ? '' : `${formatShare(cache_hits / requests)} of requests`,
        )}
      />
      <Figure
        label="Latency, p50"
        value={activity && formatDuration(latency?.p50_ms)}
        note={`p95 ${formatDuration(latency?.p95_ms)} · p99 ${formatDuration(latency?.p99_ms)}`}
      />
      <Figure
        label="First token, p50"
        value={activity && formatDuration(ttft?.p50_ms)}
        note={`p95 ${formatDuration(ttft?.p95_ms)} · p99 ${formatDuration(ttft?.p99_ms)}`}
      />
    </Figures>
  );
}
