/** Shorter than any real one: other words may hold it by chance. */
const CHARS_MIN = 16;

/**
 * A text without a credential: whole, in its parts (some are several values in one), or as it looks in an address.
 * @param also other forms in which it was sent, as headers
 */
export function withoutCredential(
  text: string,
  credential: string,
  also: readonly string[] = [],
  chars_min = CHARS_MIN,
): string {
  const whole = [credential, ...also];
  const parts = whole.flatMap((one) => one.split(/[\s:,;"'{}\\]+/));
  const secrets = [...whole, ...parts]
    .filter((one) => one.length >= chars_min)
    .flatMap((one) => [one, encodeURIComponent(one)])
    .sort((a, b) => b.length - a.length);
  let shown = text;
  for (const secret of secrets) shown = shown.replaceAll(secret, '[credential]');
  return shown;
}
