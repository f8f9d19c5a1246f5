import { DurableObject } from 'cloudflare:workers';

/** The same with the answer in an object: what one call that brings it costs. */
export class Shelf extends DurableObject<{ ANSWER: string }> {
  find(key: string): string | null {
    return key === '' ? null : this.env.ANSWER;
  }
}

export default {
  async fetch(request, env) {
    await request.text();
    const answer = await env.SHELF.getByName('one shelf').find('one key');
    return new Response(answer, { headers: { 'content-type': 'application/json' } });
  },
} satisfies ExportedHandler<{ ANSWER: string; SHELF: DurableObjectNamespace<Shelf> }>;
