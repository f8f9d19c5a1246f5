/** What the cheapest possible hit would cost: a Worker that reads the request and answers from its own memory. */
export default {
  async fetch(request, env) {
    await request.text();
    return new Response(env.ANSWER, { headers: { 'content-type': 'application/json' } });
  },
} satisfies ExportedHandler<{ ANSWER: string }>;
