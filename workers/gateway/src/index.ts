export { HealthBoard } from '@sluice/cloudflare/objects/health-board';
export { KeyLedger } from '@sluice/cloudflare/objects/key-ledger';
