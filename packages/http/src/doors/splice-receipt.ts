/** Puts the receipt into a JSON object's text as its last member, without re-encoding the rest. */
export function spliceReceipt(body_text: string, receipt: string): string {
  const end = body_text.lastIndexOf('}');
  if (end < 0) return body_text;
  const comma = /\{\s*$/.test(body_text.slice(Math.max(0, end - 64), end)) ? '' : ',';
  return `${body_text.slice(0, end)}${comma}"x-llm-gateway":${receipt}${body_text.slice(end)}`;
}
