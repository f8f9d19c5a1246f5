import type { ChatRequest, Protocol, RenderOptions } from '@sluice/contract';

/**
 * Brings values of a request to what one server takes, where leaving out or renaming a member is not enough.
 * @returns the very same request when nothing has to change
 */
export type AdaptChat = (chat: ChatRequest, options: RenderOptions, dropped: string[]) => ChatRequest;

/** A protocol that renders the adapted request. An untouched one is still sent on as the text that it was. */
export function adaptChat(protocol: Protocol, adapt: AdaptChat): Protocol {
  return {
    ...protocol,
    renderRequest(chat, options) {
      const dropped: string[] = [];
      const adapted = adapt(chat, options, dropped);
      if (adapted === chat) return protocol.renderRequest(chat, options);
      const source = { ...options.source, body_text: JSON.stringify(adapted) };
      const rendered = protocol.renderRequest(adapted, { ...options, source });
      return { ...rendered, dropped: [...rendered.dropped, ...dropped] };
    },
  };
}
