import { type GuardAsk, type Guarded, guardRequest } from '@sluice/core/guards/guard-request';
import type { WholePorts } from '@sluice/core/guards/judge-whole';

/** Imported with the first request of an organization that has guards: what they judge with is large. */
export const guardWith = (ask: GuardAsk, ports: WholePorts): Promise<Guarded> => guardRequest(ask, ports);
