/** A count out of a provider's answer: whole and not negative, else 0. */
export const count = (value: unknown): number =>
  typeof value === 'number' && value > 0 && Number.isFinite(value) ? Math.trunc(value) : 0;
