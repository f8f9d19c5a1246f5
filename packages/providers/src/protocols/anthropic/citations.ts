import { findString, isObject } from './wire.ts';

/**
 * A citation as an annotation: OpenAI's `url_citation` where there is an address, its `file_citation` with the
 * quoted text where a document of the request is cited. `null` for kinds that we do not know.
 * @param start_index where the citing text block begins in the whole content, in UTF-16 units
 */
export function parseCitation(citation: unknown, start_index: number, end_index: number): unknown {
  if (!isObject(citation)) return null;
  switch (citation.type) {
    case 'web_search_result_location':
    case 'search_result_location': {
      const url = findString(citation.url) ?? findString(citation.source);
      if (url === null) return null;
      const title = findString(citation.title) ?? '';
      return { type: 'url_citation', url_citation: { url, title, start_index, end_index } };
    }
    case 'char_location':
    case 'page_location':
    case 'content_block_location':
      return {
        type: 'file_citation',
        file_citation: {
          file_id: findString(citation.file_id) ?? '',
          filename: findString(citation.document_title) ?? '',
          index: citation.document_index ?? 0,
          cited_text: findString(citation.cited_text) ?? '',
          start_index,
          end_index,
        },
      };
    default:
      return null;
  }
}
