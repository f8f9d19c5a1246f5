import { GatewayError, type ListPosition } from '@sluice/contract';
import * as z from 'zod';

/** Query parameters that every list takes. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(200).optional(),
};

/** Where the list goes on. Opaque to clients, but nothing is lost if one forges it: the organization is not in it. */
export const renderCursor = (position: ListPosition): string =>
  btoa(`${position.at_ms} ${position.id}`).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/** @throws GatewayError invalid_request */
export function parseCursor(cursor: string | undefined): ListPosition | null {
  if (cursor === undefined) return null;
  try {
    const text = atob(cursor.replaceAll('-', '+').replaceAll('_', '/'));
    const [, at_ms, id] = /^(\d{1,15}) (\w{1,64})$/.exec(text) ?? [];
    if (at_ms !== undefined && id !== undefined) return { at_ms: Number(at_ms), id };
  } catch {
    // Falls through to the one answer for every unreadable cursor.
  }
  throw new GatewayError('invalid_request', 'This cursor is none of ours. Start the list again without it.', {
    param: 'cursor',
  });
}

/** A page of a list that was asked for one row more than it shows: the extra row says that there is a next page. */
export function renderPage<Row>(
  rows: Row[],
  limit: number,
  render: (row: Row) => unknown,
  positionOf: (row: Row) => ListPosition,
): { data: unknown[]; next_cursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    data: shown.map(render),
    next_cursor: rows.length > limit && last !== undefined ? renderCursor(positionOf(last)) : null,
  };
}
