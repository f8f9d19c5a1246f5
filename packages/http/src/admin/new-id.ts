import { randomBase62 } from '@sluice/core/key-format';
import type { AdminPorts } from './ports.ts';

/** `evt_…`, `proj_…`, `req_…`: random, so that they tell nothing and never collide. */
export const newId = (ports: Pick<AdminPorts, 'randomBytes'>, prefix: string): string =>
  `${prefix}_${randomBase62(20, ports.randomBytes)}`;
