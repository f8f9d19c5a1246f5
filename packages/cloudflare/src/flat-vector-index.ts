import type { VectorIndexPort, VectorMatch, VectorRow } from '@sluice/contract';

/** The calls of `VectorShelf`, as a stub offers them. */
interface ShelfStub {
  put(row: VectorRow, vector: Float32Array): Promise<void>;
  search(context: string, vector: Float32Array, count: number): Promise<VectorMatch[]>;
  clear(): Promise<void>;
}

/** @param namespace `env.VECTOR_SHELF`, whose objects are `VectorShelf`s, one for each organization. */
export function createFlatVectorIndex(namespace: DurableObjectNamespace): VectorIndexPort {
  const shelves = namespace as unknown as { getByName(name: string): ShelfStub };
  const shelfOf = (organization_id: string): ShelfStub =>
    shelves.getByName(encodeURIComponent(organization_id));
  return {
    put: (row, vector) => shelfOf(row.organization_id).put(row, vector),
    search: (organization_id, context, vector, count) =>
      shelfOf(organization_id).search(context, vector, count),
    clear: (organization_id) => shelfOf(organization_id).clear(),
  };
}
