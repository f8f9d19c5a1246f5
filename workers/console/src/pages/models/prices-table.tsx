import type { Prices } from '@sluice/client';
import { formatCompact, formatMoney } from '../../ui/format.ts';
import styles from './models.module.css';

/** Each price and its words, in the order of a bill. */
export const PRICES = {
  input_usd_per_mtok: 'Input',
  cache_read_usd_per_mtok: 'Cache read',
  cache_write_usd_per_mtok: 'Cache write',
  cache_write_1h_usd_per_mtok: 'Cache write, 1 h',
  output_usd_per_mtok: 'Output',
  reasoning_usd_per_mtok: 'Thinking',
  input_audio_usd_per_mtok: 'Sound in',
  output_audio_usd_per_mtok: 'Sound out',
  input_image_usd_per_mtok: 'Images in',
  per_request_usd: 'Each request',
  per_unit_usd: 'Each image, second, character or search',
} as const;
export type PriceName = keyof typeof PRICES;
export const PRICE_NAMES = Object.keys(PRICES) as PriceName[];

/** All prices that are known, with those of long prompts beside them. */
export function PricesTable({ prices }: { prices: Prices | null }) {
  if (prices === null)
    return <p className={styles['soft']}>Nobody knows its price: what it costs is not counted.</p>;
  const columns = [
    { from: 0, of: prices },
    ...prices.tiers.map((tier) => ({ from: tier.from_input_tokens, of: tier.prices })),
  ];
  const names = PRICE_NAMES.filter((name) => columns.some(({ of }) => of[name] !== null));
  return (
    <div className={styles['scroll']}>
      <table className={styles['prices']}>
        <thead>
          <tr>
            <th scope="col">US dollars per million tokens</th>
            {columns.map(({ from }) => (
              <th key={from} scope="col">
                {from === 0 ? 'Price' : `From ${formatCompact(from)} input tokens`}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <tr key={name}>
              <th scope="row">{PRICES[name]}</th>
              {columns.map(({ from, of }) => (
                <td key={from} className="figures">
                  {formatMoney(of[name])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
