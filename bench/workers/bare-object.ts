import { DurableObject } from 'cloudflare:workers';

/** The least that an exact limit can cost: one object call a request, which touches memory only. */
export class Counter extends DurableObject {
  #requests = 0;

  count(tokens: number): { admitted: boolean; requests: number } {
    this.#requests += 1;
    return { admitted: tokens >= 0, requests: this.#requests };
  }
}

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const verdict = await env.COUNTER.getByName('one key').count(412);
    if (!verdict.admitted) return new Response(null, { status: 429 });
    return fetch(env.UPSTREAM + url.pathname, request);
  },
} satisfies ExportedHandler<{ UPSTREAM: string; COUNTER: DurableObjectNamespace<Counter> }>;
