/** What an image costs here, whatever its size: near the vendors' price of a small one. */
export const IMAGE_TOKENS = 258;

/** Tokens that a message costs beside its text. */
export const MESSAGE_TOKENS = 4;

/** About four characters a token: near enough to be believable, simple enough to check by hand. */
export const countTokens = (text: string): number => Math.ceil(text.length / 4);

const PIECE = /\s?[^\s]{1,4}|\s/gu;

/** Cuts a text into what a model would emit token by token. Joined again, the pieces are the text. */
export const splitTokens = (text: string): string[] => text.match(PIECE) ?? [];

/** Puts neighbouring pieces together, as evenly as possible, in at most `count` groups. */
export function groupPieces(pieces: readonly string[], count: number): { text: string; tokens: number }[] {
  const groups = Math.max(1, Math.min(count, pieces.length));
  const grouped: { text: string; tokens: number }[] = [];
  for (let i = 0; i < groups && pieces.length > 0; i++) {
    const from = Math.floor((i * pieces.length) / groups);
    const to = Math.floor(((i + 1) * pieces.length) / groups);
    grouped.push({ text: pieces.slice(from, to).join(''), tokens: to - from });
  }
  return grouped;
}
