/** What is for programs: an address that is wrong there must say so, and show no page. */
const FOR_PROGRAMS = /^\/(v1|admin|docs|console|\.well-known)(\/|$)/;

/**
 * The console, at any address that a person may open: which of its pages that is, it knows itself.
 * @returns `null` for what no browser opened as a page, and where no console was built.
 */
export async function answerPage(
  request: Request,
  readPage: () => Promise<Response | null>,
): Promise<Response | null> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return null;
  if (!(request.headers.get('accept') ?? '').includes('text/html')) return null;
  if (FOR_PROGRAMS.test(new URL(request.url).pathname)) return null;
  return await readPage();
}
