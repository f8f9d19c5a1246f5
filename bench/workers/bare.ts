/** The limit of the runtime: a Worker that does nothing but pass on. */
export default {
  fetch(request, env) {
    const url = new URL(request.url);
    return fetch(env.UPSTREAM + url.pathname, request);
  },
} satisfies ExportedHandler<{ UPSTREAM: string }>;
