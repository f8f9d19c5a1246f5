import { renderOpenapi } from './render-openapi.ts';

/** The same for as long as the isolate lives. */
let text: string | null = null;

/** `GET /openapi.json`. Says nothing of any organization, so that anybody may read it, from any page. */
export function answerOpenapi(version: string): Response {
  text ??= JSON.stringify(renderOpenapi(version));
  return new Response(text, {
    headers: {
      'content-type': 'application/json',
      'cache-control': 'public, max-age=300',
      'access-control-allow-origin': '*',
    },
  });
}
