/** Faults of the simulator that some test provokes; each has this many connections of its own. */
export const PER_FAULT = 8;

/** Fail before the first content, so that another target can answer. */
export const FALLS_BACK = [
  '503',
  '529',
  '429',
  '429-60s',
  'reset',
  '401',
  '402',
  'redirect',
  'html',
  'html-200',
  'error-200',
  'empty',
];

export const FAULTS = [
  ...FALLS_BACK,
  'silence',
  'slow-3000',
  '400',
  '404',
  '422',
  'filter-400',
  '500-once',
  'context',
];
