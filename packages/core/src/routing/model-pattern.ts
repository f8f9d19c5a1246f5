/** A pattern is a model name, `provider/model`, or either with a trailing `*`. */
export function covers(pattern: string, target: { provider: { id: string }; model: string }): boolean {
  const full = `${target.provider.id}/${target.model}`;
  if (pattern.endsWith('*')) {
    const start = pattern.slice(0, -1);
    return full.startsWith(start) || target.model.startsWith(start);
  }
  return pattern === target.model || pattern === full;
}
