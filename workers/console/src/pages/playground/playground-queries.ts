import type { Key } from '@sluice/client';
import { useQuery } from '@tanstack/react-query';
import { answer } from '../../api/answer.ts';
import { gateway } from '../../api/gateway.ts';
import { listModels } from './stream-chat.ts';
import type { Tokens } from './tokens.ts';

/** Keys by which something can be asked now, newest first. */
export const useUsableKeys = () =>
  useQuery({
    queryKey: ['keys', 'playground'],
    queryFn: async () => {
      const { data } = await answer(gateway.GET('/admin/v1/keys', { params: { query: { limit: 100 } } }));
      const now_ms = Date.now();
      return data.filter(
        ({ state, expires_at }: Key) =>
          state === 'active' && (expires_at === null || Date.parse(expires_at) > now_ms),
      );
    },
  });

/** Names that a key may ask, `auto` first. @param wanted false = not needed yet: asking makes a token. */
export const useModelNames = (key_id: string | null, tokens: Tokens, wanted: boolean) =>
  useQuery({
    queryKey: ['models', 'playground', key_id],
    queryFn: async () => {
      const models = await listModels(await tokens.require(key_id ?? ''));
      const names = models.map(({ id }) => id).filter((id) => id !== 'auto');
      return ['auto', ...names];
    },
    enabled: wanted && key_id !== null,
    staleTime: 5 * 60_000,
  });
