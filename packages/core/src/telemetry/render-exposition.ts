/** Metrics of one name, as Prometheus reads them. */
export interface Family {
  /** With its unit, without `_total`. */
  name: string;
  type: 'counter' | 'gauge' | 'histogram';
  help: string;
  samples: Sample[];
}

export interface Sample {
  labels: Labels;
  /** Of a histogram: the sum of what was observed. */
  value: number;
  /** Of a histogram only. */
  buckets?: { bounds: readonly number[]; counts: readonly number[]; count: number };
}

export type Labels = Readonly<Record<string, string>>;

export type ExpositionFormat = 'prometheus' | 'openmetrics';

/**
 * Both were read 2026-11-21: https://prometheus.io/docs/instrumenting/exposition_formats/ and
 * https://prometheus.io/docs/specs/om/open_metrics_spec/
 */
export const EXPOSITION_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** @param accept of the scraper; it gets the older format unless it asks for the other one. */
export const chooseExposition = (accept: string | null): ExpositionFormat =>
  accept?.includes('application/openmetrics-text') ? 'openmetrics' : 'prometheus';

/** A family without samples is left out: nobody can tell "none" from "0" otherwise. */
export function renderExposition(families: readonly Family[], format: ExpositionFormat): string {
  let text = '';
  for (const { name, type, help, samples } of families) {
    if (samples.length === 0) continue;
    // The older format has the suffix in the name of the family, too.
    const family = type === 'counter' && format === 'prometheus' ? `${name}_total` : name;
    text += `# HELP ${family} ${escapeHelp(help)}\n# TYPE ${family} ${type}\n`;
    for (const sample of samples) {
      if (sample.buckets === undefined) {
        const suffix = type === 'counter' ? '_total' : '';
        text += `${name}${suffix}${renderLabels(sample.labels)} ${sample.value}\n`;
      } else text += renderHistogram(name, sample.labels, sample.value, sample.buckets);
    }
  }
  return format === 'openmetrics' ? `${text}# EOF\n` : text;
}

function renderHistogram(
  name: string,
  labels: Labels,
  sum: number,
  { bounds, counts, count }: NonNullable<Sample['buckets']>,
): string {
  let text = '';
  for (const [at, bound] of bounds.entries())
    text += `${name}_bucket${renderLabels({ ...labels, le: renderBound(bound) })} ${counts[at] ?? 0}\n`;
  text += `${name}_bucket${renderLabels({ ...labels, le: '+Inf' })} ${count}\n`;
  return `${text}${name}_sum${renderLabels(labels)} ${sum}\n${name}_count${renderLabels(labels)} ${count}\n`;
}

/** OpenMetrics wants a bound to be seen as no integer; the older format takes both. */
const renderBound = (bound: number): string => (Number.isInteger(bound) ? `${bound}.0` : String(bound));

function renderLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeValue(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const escapeValue = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
