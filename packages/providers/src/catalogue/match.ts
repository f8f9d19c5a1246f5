/** How the price package says which model names an entry covers. */
export type MatchRule =
  | { equals: string }
  | { starts_with: string }
  | { ends_with: string }
  | { contains: string }
  | { regex: string }
  | { and: MatchRule[] }
  | { or: MatchRule[] };

const compiled = new Map<string, RegExp>();

function regexOf(source: string): RegExp {
  let regex = compiled.get(source);
  if (regex === undefined) {
    regex = new RegExp(source);
    compiled.set(source, regex);
  }
  return regex;
}

/** Rules are written in lower case; `name` must be too. */
export function matches(rule: MatchRule, name: string): boolean {
  if ('equals' in rule) return name === rule.equals.toLowerCase();
  if ('starts_with' in rule) return name.startsWith(rule.starts_with.toLowerCase());
  if ('ends_with' in rule) return name.endsWith(rule.ends_with.toLowerCase());
  if ('contains' in rule) return name.includes(rule.contains.toLowerCase());
  if ('regex' in rule) return regexOf(rule.regex).test(name);
  if ('and' in rule) return rule.and.every((part) => matches(part, name));
  return rule.or.some((part) => matches(part, name));
}
