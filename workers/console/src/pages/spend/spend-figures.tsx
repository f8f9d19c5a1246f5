import { Figure, Figures } from '../../ui/figures.tsx';
import { formatCompact } from '../../ui/format.ts';
import { forecastMonth } from './forecast.ts';
import type { Money, useDays } from './spend-queries.ts';

/** This month, what it will come to, and the month before. */
export function SpendFigures({ days, money }: { days: ReturnType<typeof useDays>; money: Money }) {
  const { data } = days;
  const zone = data?.time_zone ?? money.time_zone;
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' }).format(Date.now());
  const by_day = new Map((data?.data ?? []).map(({ day, total_usd }) => [day ?? '', total_usd]));
  const forecast = forecastMonth(by_day, today);
  const last = monthBefore(today);
  const last_usd = [...by_day].reduce((sum, [day, usd]) => (day.startsWith(last) ? sum + usd : sum), 0);
  const saved = (data?.data ?? [])
    .filter(({ day }) => day?.startsWith(today.slice(0, 7)) === true)
    .reduce((sum, { savings_usd, cache_saved_usd }) => sum + savings_usd + cache_saved_usd, 0);
  const shown = (text: string) => (data === undefined ? undefined : text);
  return (
    <Figures columns={4}>
      <Figure label="This month" value={shown(money.format(forecast.so_far_usd))} note={`Days in ${zone}`} />
      <Figure
        label="Forecast to month end"
        value={shown(money.format(forecast.month_usd))}
        change={forecast.month_usd !== null && last_usd > 0 ? forecast.month_usd / last_usd - 1 : null}
        more_is="bad"
        note={
          forecast.day_usd === null
            ? 'Needs three whole days'
            : `${money.format(forecast.day_usd)} a day, mean of ${formatCompact(forecast.basis_days)}`
        }
      />
      <Figure label="Last month" value={shown(money.format(last_usd))} />
      <Figure label="Saved this month" value={shown(money.format(saved))} note="Cache and routing" />
    </Figures>
  );
}

function monthBefore(today: string): string {
  const [year = 0, month = 1] = today.split('-').map(Number);
  return new Date(Date.UTC(year, month - 2, 1)).toISOString().slice(0, 7);
}
