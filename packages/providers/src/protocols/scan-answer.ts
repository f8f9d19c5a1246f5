import { type AnyProtocol, nothingScanned, type ProviderFailure, type ScannedAnswer } from '@sluice/contract';

/** What a whole answer says of itself, by its format's own parser. Characters count where the provider did not. */
export function scanWholeAnswer(
  body_text: string,
  parseAnswer: AnyProtocol['parseAnswer'],
  malformed: (message: string) => ProviderFailure,
): ScannedAnswer {
  const scanned = nothingScanned();
  let body: unknown;
  try {
    body = JSON.parse(body_text);
  } catch {
    scanned.failure = malformed('The body is not JSON.');
    return scanned;
  }
  const parsed = parseAnswer(body);
  if ('failure' in parsed) {
    scanned.failure = parsed.failure;
    return scanned;
  }
  const { usage, model, choices } = parsed.answer;
  scanned.usage = usage;
  scanned.model = model;
  scanned.complete = true;
  scanned.finish_reason = choices[0]?.finish_reason ?? null;
  scanned.native_finish_reason = choices[0]?.native_finish_reason ?? null;
  for (const choice of choices) {
    scanned.output_chars += (choice.content ?? '').length + (choice.refusal ?? '').length;
    for (const detail of choice.reasoning)
      scanned.output_chars += (detail.text ?? detail.summary ?? '').length;
    for (const call of choice.tool_calls)
      scanned.output_chars += call.function.name.length + call.function.arguments.length;
  }
  return scanned;
}
