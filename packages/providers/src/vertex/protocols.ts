import {
  editMembers,
  GatewayError,
  type MemberEdit,
  type Protocol,
  type RenderedRequest,
  type RenderOptions,
} from '@sluice/contract';
import { anthropicMessages } from '../protocols/anthropic/index.ts';
import { renderRequest as renderMessages } from '../protocols/anthropic/request.ts';
import { parseAnswer as parseMessage } from '../protocols/anthropic/response.ts';
import { createStreamParser as createMessagesParser } from '../protocols/anthropic/stream.ts';
import { geminiProtocol } from '../protocols/gemini/index.ts';

const SIGNED_BY = 'vertex-claude-v1';

/** Gemini's format at Vertex's address: a model belongs to a publisher. */
export const vertexGemini: Protocol = {
  ...geminiProtocol,
  renderRequest(chat, options) {
    const rendered = geminiProtocol.renderRequest(chat, options);
    const action = options.stream ? 'streamGenerateContent?alt=sse' : 'generateContent';
    return { ...rendered, path: renderPath('google', options, action) };
  },
};

/**
 * Anthropic's format as Vertex takes it: the model stands in the path and the version in the body.
 * @see https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai (read 2026-11-21)
 */
export const vertexAnthropic: Protocol = {
  ...anthropicMessages,
  renderRequest(chat, options) {
    const rendered =
      options.source.protocol === 'anthropic'
        ? anthropicMessages.renderRequest(chat, options)
        : renderMessages(chat, options, SIGNED_BY);
    return {
      ...rendered,
      path: renderPath('anthropic', options, options.stream ? 'streamRawPredict' : 'rawPredict'),
      headers: withoutVersion(rendered),
      body: editMembers(rendered.body, VERTEX_EDITS),
    };
  },
  parseAnswer: (body) => parseMessage(body, SIGNED_BY),
  createStreamParser: () => createMessagesParser(SIGNED_BY),
};

const VERTEX_EDITS = new Map<string, MemberEdit>([
  ['model', 'remove'],
  ['anthropic_version', { set: '"vertex-2023-10-16"' }],
]);

function withoutVersion({ headers }: RenderedRequest): Record<string, string> {
  const { 'anthropic-version': _, ...rest } = headers;
  return rest;
}

/** Below `…/projects/P/locations/L`, which the base URL holds. The model is one segment, whatever it holds. */
function renderPath(publisher: 'google' | 'anthropic', { model }: RenderOptions, action: string): string {
  const name = model.replace(/^(?:publishers\/)?(?:google|anthropic)\/(?:models\/)?/, '');
  if (name === '')
    throw new GatewayError('unknown_model', 'This is not the name of a model.', { param: 'model' });
  // The `@` of a dated Claude model may stand as it is, and does in every client of Google's.
  const segment = encodeURIComponent(name.toWellFormed()).replaceAll('%40', '@');
  return `/publishers/${publisher}/models/${segment}:${action}`;
}
