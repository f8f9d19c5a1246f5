/** For tests only, and good for nothing else. */
export const METRICS_TOKEN = 'metrics-of-the-client-tests';
