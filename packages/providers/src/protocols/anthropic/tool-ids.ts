/** Renders ids of tool calls and of their results into Anthropic's alphabet, the same way on every turn. */
export interface ToolIds {
  /** The calls of a new assistant turn follow: results from here on answer those. */
  beginTurn(): void;
  /** @returns the id for a `tool_use` block, unique in the conversation. */
  forCall(id: string): string;
  /** @returns the id for a `tool_result` block, or `null` when no call of the last turn waits for it. */
  forResult(id: string): string | null;
  /** Calls of the last turn that no result has answered, by the client's own ids. */
  unanswered(): string[];
}

/**
 * Anthropic takes `^[a-zA-Z0-9_-]+$` and wants every id once; other providers produce `functions.add:0` or repeat
 * `call_0` on each turn. Stateless over requests: the same conversation always gives the same ids, so that prompt
 * caches keep matching.
 */
export function createToolIds(): ToolIds {
  const used = new Set<string>();
  let waiting = new Map<string, string[]>();
  return {
    beginTurn() {
      waiting = new Map();
    },
    forCall(id) {
      const base = renderId(id);
      let rendered = base;
      for (let count = 2; used.has(rendered); count += 1) rendered = `${base}_${count}`;
      used.add(rendered);
      const same = waiting.get(id);
      if (same === undefined) waiting.set(id, [rendered]);
      else same.push(rendered);
      return rendered;
    },
    forResult(id) {
      const rendered = waiting.get(id);
      const first = rendered?.shift();
      if (rendered?.length === 0) waiting.delete(id);
      return first ?? null;
    },
    unanswered: () => [...waiting.keys()],
  };
}

function renderId(id: string): string {
  if (id !== '' && id.length <= 64 && /^[a-zA-Z0-9_-]+$/.test(id)) return id;
  // The hash keeps `a.b` and `a:b` apart after both became `a_b`.
  return `${id.slice(0, 40).replace(/[^a-zA-Z0-9_-]/g, '_')}_${hash(id)}`;
}

/** FNV-1a, 32 bits: short and stable; nothing secret hangs on it. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return (value >>> 0).toString(36);
}
