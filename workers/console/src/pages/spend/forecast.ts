const DAY_MS = 86_400_000;
/** Days that a forecast is made of, at most and at least. */
const BASIS_DAYS = 28;
const BASIS_DAYS_MIN = 3;

export interface Forecast {
  /** Of this month until now. */
  so_far_usd: number;
  /** Until the month ends; `null` = too few days to say. */
  month_usd: number | null;
  /** Whole days that it rests on. */
  basis_days: number;
  /** Mean of those days. */
  day_usd: number | null;
}

/**
 * What the month will come to if its days go on as the last 28 whole days went, on average. Days before the first
 * spend do not count; today counts as a usual day, or as what it has already come to where that is more.
 * @param by_day spend by `2026-11-21`; days without spend may be missing.
 * @param today in the organization's time zone, as the days.
 */
export function forecastMonth(by_day: ReadonlyMap<string, number>, today: string): Forecast {
  const month = today.slice(0, 7);
  const so_far_usd = [...by_day].reduce(
    (sum, [day, usd]) => (day.startsWith(month) && day <= today ? sum + usd : sum),
    0,
  );
  const first = [...by_day.keys()].filter((day) => (by_day.get(day) ?? 0) > 0).sort()[0];
  const before: number[] = [];
  for (let at = 1; at <= BASIS_DAYS; at++) {
    const day = dayAt(Date.parse(today) - at * DAY_MS);
    if (first === undefined || day < first) break;
    before.push(by_day.get(day) ?? 0);
  }
  if (before.length < BASIS_DAYS_MIN)
    return { so_far_usd, month_usd: null, basis_days: before.length, day_usd: null };
  const day_usd = before.reduce((sum, usd) => sum + usd, 0) / before.length;
  const [year = 0, number = 1] = month.split('-').map(Number);
  const days_after = new Date(Date.UTC(year, number, 0)).getUTCDate() - Number(today.slice(8));
  const rest_of_today_usd = Math.max(0, day_usd - (by_day.get(today) ?? 0));
  return {
    so_far_usd,
    month_usd: so_far_usd + rest_of_today_usd + days_after * day_usd,
    basis_days: before.length,
    day_usd,
  };
}

const dayAt = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
