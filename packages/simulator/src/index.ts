export { FAULTS, type FaultName } from './faults.ts';
export type { Attempt, Billed, Ledger, LedgerLine, SimulatorPrices } from './ledger.ts';
export { createSimulator, type Simulator, type SimulatorOptions } from './simulator.ts';
