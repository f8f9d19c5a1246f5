import { isObject, objectOf, parseJson, textOf } from './json.ts';
import type { Ledger, SimulatorPrices } from './ledger.ts';
import type { Replays } from './replay.ts';

export interface ControlState {
  ledger: Ledger;
  replays: Replays;
  canary_hits: number;
  /** A public price list, as `SLUICE_PRICE_SOURCE` may name it; `null` = nobody put one. */
  price_list: unknown;
  reset(): void;
}

export interface ControlAnswer {
  status: number;
  body: unknown;
}

const done: ControlAnswer = { status: 200, body: { ok: true } };

/**
 * `/__sim/attempts` (GET, `?model=`; DELETE), `/__sim/ledger` (GET), `/__sim/prices` (GET, PUT), `/__sim/price-list`
 * (GET, PUT), `/__sim/replay` (GET keys; POST {key, exchange}), `/__sim/canary` (GET), `/__sim/reset` (POST). `null` =
 * no such thing.
 */
export function answerControl(
  state: ControlState,
  method: string,
  url: URL,
  body: string,
): ControlAnswer | null {
  const route = `${method} ${url.pathname.replace(/\/$/, '')}`;
  const model = url.searchParams.get('model');
  const given = objectOf(parseJson(body)?.value);
  switch (route) {
    case 'GET /__sim/attempts':
      return {
        status: 200,
        body: state.ledger.attempts.filter((attempt) => model === null || attempt.model === model),
      };
    case 'DELETE /__sim/attempts':
      state.ledger.reset();
      return done;
    case 'GET /__sim/ledger': {
      const models = state.ledger.totals();
      const lines = Object.values(models);
      return {
        status: 200,
        body: { models, usd_nanos: lines.reduce((sum, line) => sum + (line.usd_nanos ?? 0), 0) },
      };
    }
    case 'GET /__sim/prices':
      return { status: 200, body: state.ledger.prices };
    case 'PUT /__sim/prices':
      for (const [name, prices] of Object.entries(given)) {
        if (isObject(prices)) state.ledger.prices[name] = prices as unknown as SimulatorPrices;
      }
      return done;
    case 'GET /__sim/price-list':
      return state.price_list === null ? null : { status: 200, body: state.price_list };
    case 'PUT /__sim/price-list':
      state.price_list = parseJson(body)?.value ?? null;
      return done;
    case 'GET /__sim/replay':
      return { status: 200, body: { keys: state.replays.keys() } };
    case 'POST /__sim/replay':
      if (textOf(given['key']) === '')
        return { status: 400, body: { error: 'A replay needs {key, exchange}.' } };
      state.replays.add(textOf(given['key']), given['exchange']);
      return done;
    case 'GET /__sim/canary':
      return { status: 200, body: { hits: state.canary_hits } };
    case 'POST /__sim/reset':
      state.reset();
      return done;
    default:
      return null;
  }
}
