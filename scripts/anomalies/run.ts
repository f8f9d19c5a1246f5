import { measureAnomalies, renderMeasured } from './measure.ts';

/** `npm run anomalies`: how often the rule is wrong, and how often it is right, on made-up histories. */
console.log(renderMeasured(measureAnomalies(Number(process.argv[2] ?? 12), 20_261_121)));
