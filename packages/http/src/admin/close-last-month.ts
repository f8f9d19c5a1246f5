import { CLOSED_AFTER_MS, readStatement, type StatementPorts } from './build-statement.ts';
import { monthAt } from './time-range.ts';

/** Closes the statement that may be closed by now, of each organization; one that is closed already stays. */
export async function closeLastMonth(ports: StatementPorts, organization_ids: string[]): Promise<void> {
  for (const organization_id of organization_ids) {
    const { config, created_at_ms } = await ports.organizations.require(organization_id);
    const closable_ms = ports.clock.now_ms() - CLOSED_AFTER_MS;
    const this_month = monthAt(closable_ms, config.time_zone);
    const [year = 0, month = 1] = this_month.split('-').map(Number);
    const last_month = new Date(Date.UTC(year, month - 2, 1)).toISOString().slice(0, 7);
    if (monthAt(created_at_ms, config.time_zone) > last_month) continue;
    if ((await ports.statements.find(organization_id, last_month)) === null)
      await readStatement(ports, organization_id, last_month);
  }
}
