import type { Env } from '@sluice/cloudflare/env';
import { createFlatVectorIndex } from '@sluice/cloudflare/flat-vector-index';
import { createVectorizeIndex } from '@sluice/cloudflare/vectorize-index';
import { createWorkersAiEmbedder } from '@sluice/cloudflare/workers-ai-embedder';
import type {
  CataloguePort,
  EmbedderPort,
  FetchPort,
  FindEmbedder,
  OrganizationPort,
  Provider,
  VectorIndexPort,
} from '@sluice/contract';
import { connectionEmbedder } from '@sluice/core/caching/connection-embedder';
import { localEmbedder } from '@sluice/core/caching/local-embedder';

import { narrowSettings } from '@sluice/core/routing/narrow-settings';
import { pricesIn } from './prices-in.ts';

interface EmbedderPorts {
  organizations: OrganizationPort;
  fetch: FetchPort;
  findProvider: (id: string) => Provider | null;
  catalogue: Pick<CataloguePort, 'find'>;
}

/** Imported with the first request that a semantic cache may answer. */
export function connectEmbedders(
  env: Env,
  { organizations, fetch, findProvider, catalogue }: EmbedderPorts,
): FindEmbedder {
  const own: EmbedderPort = env.AI === undefined ? localEmbedder : createWorkersAiEmbedder(env.AI);
  return async (organization_id, named, residency) => {
    // Nobody can tell where the binding of Workers AI runs a model.
    if (named === null) return residency === null ? own : localEmbedder;
    const settings = narrowSettings(await organizations.settings(organization_id), { residency });
    return connectionEmbedder(named, settings, {
      fetch,
      findProvider,
      prices: pricesIn(settings, catalogue),
      now_ms: () => Date.now(),
    });
  };
}

/** Vectorize where it is bound, else objects of our own. */
export function connectVectors(env: Env): VectorIndexPort | null {
  // An index of Vectorize has no jurisdiction; objects have.
  if (env.VECTORIZE !== undefined && !env.SLUICE_JURISDICTION)
    return createVectorizeIndex(env.VECTORIZE, () => Date.now());
  return env.VECTOR_SHELF === undefined ? null : createFlatVectorIndex(env.VECTOR_SHELF);
}
