import type { ConformanceDoor } from '../conformance/door.ts';
import { type Cell, runMatrix } from './matrix.ts';
import { startMatrix } from './start.ts';
import { TARGETS } from './targets.ts';

/** The whole matrix; a gateway for each door, as the connections of all would not fit into one command line. */
export async function runDoors(doors: readonly ConformanceDoor[], filter: string | null): Promise<Cell[]> {
  const cells: Cell[] = [];
  for (const door of doors) {
    const running = await startMatrix([door.id]);
    try {
      cells.push(...(await runMatrix({ ...running, doors: [door], targets: TARGETS, filter })));
    } finally {
      await running.stop();
    }
  }
  return cells;
}
