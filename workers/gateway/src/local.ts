import gateway from './index.ts';

export * from './index.ts';

/**
 * The gateway as `wrangler dev` runs it. A client that is still sending when it is refused sees its connection reset, and
 * not the answer: Cloudflare's edge reads what is left, workerd does not. Wrangler's own bundles do the same.
 */
export default {
  ...gateway,
  async fetch(request, env) {
    try {
      return await gateway.fetch(request, env);
    } finally {
      if (request.body !== null && !request.bodyUsed)
        await request.body.pipeTo(new WritableStream()).catch(() => undefined);
    }
  },
} satisfies ExportedHandler<Parameters<typeof gateway.fetch>[1]>;
