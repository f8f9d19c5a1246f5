/** One line of samples, read strictly. */
export interface ReadSample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"/;
const SUFFIXES: Record<string, RegExp> = {
  counter: /^_total$/,
  gauge: /^$/,
  histogram: /^_(bucket|sum|count)$/,
};

/**
 * Reads the older text format and refuses everything that its specification does not allow, for tests: parsers let much
 * pass that a server then drops. @throws Error that names the line
 */
export function readExposition(text: string): Map<string, ReadSample[]> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const families = new Map<string, ReadSample[]>();
  const seen = new Set<string>();
  let family = '';
  let type = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    if (comment !== null) {
      const [, kind, name = '', rest = ''] = comment;
      if (kind === 'HELP' && families.has(name)) throw new Error(`${name} comes in two places`);
      if (kind === 'HELP') families.set(name, []);
      else if (!families.has(name)) throw new Error(`${name} has no help before its type`);
      else [family, type] = [name, rest];
      continue;
    }
    const sample = readSample(line);
    const base = type === 'counter' ? family.replace(/_total$/, '') : family;
    if (!sample.name.startsWith(base) || !SUFFIXES[type]?.test(sample.name.slice(base.length)))
      throw new Error(`${sample.name} is no sample of the ${type} ${family}`);
    const id = `${sample.name}${JSON.stringify(Object.entries(sample.labels).sort())}`;
    if (seen.has(id)) throw new Error(`twice: ${line}`);
    seen.add(id);
    families.get(family)?.push(sample);
  }
  return families;
}

function readSample(line: string): ReadSample {
  const name = NAME.exec(line)?.[0];
  if (name === undefined) throw new Error(`no name: ${line}`);
  let rest = line.slice(name.length);
  const labels: Record<string, string> = {};
  if (rest.startsWith('{')) {
    rest = rest.slice(1);
    while (!rest.startsWith('}')) {
      const label = LABEL.exec(rest);
      if (label === null) throw new Error(`no label: ${line}`);
      const [whole, key = '', value = ''] = label;
      if (key in labels) throw new Error(`a label twice: ${line}`);
      labels[key] = value.replaceAll(/\\(.)/g, (_, letter) => (letter === 'n' ? '\n' : String(letter)));
      rest = rest.slice(whole.length).replace(/^,/, '');
    }
    rest = rest.slice(1);
  }
  if (!/^ -?(\d+(\.\d+)?(e[+-]?\d+)?|\+?Inf|NaN)$/.test(rest)) throw new Error(`no value: ${line}`);
  return { name, labels, value: Number(rest.trim().replace('+Inf', 'Infinity')) };
}
