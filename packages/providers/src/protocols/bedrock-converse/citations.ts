import { findString, isObject } from '../anthropic/wire.ts';

/**
 * A citation as an annotation: OpenAI's `url_citation` where there is an address, its `file_citation` with the
 * quoted text where a document of the request is cited. `null` for kinds that we do not know.
 * @param start_index where the citing text begins in the whole content, in UTF-16 units
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Citation.html (read 2026-11-21)
 */
export function parseCitation(citation: unknown, start_index: number, end_index: number): unknown {
  if (!isObject(citation) || !isObject(citation.location)) return null;
  const { location } = citation;
  const title = findString(citation.title) ?? '';
  if (isObject(location.web)) {
    const url = findString(location.web.url);
    if (url === null) return null;
    const name = title || (findString(location.web.domain) ?? '');
    return { type: 'url_citation', url_citation: { url, title: name, start_index, end_index } };
  }
  for (const kind of ['documentChar', 'documentPage', 'documentChunk', 'searchResultLocation']) {
    const place = location[kind];
    if (!isObject(place)) continue;
    const source = Array.isArray(citation.sourceContent) ? citation.sourceContent : [];
    return {
      type: 'file_citation',
      file_citation: {
        file_id: '',
        filename: title,
        index: place.documentIndex ?? place.searchResultIndex ?? 0,
        cited_text: source.map((part) => (isObject(part) ? (findString(part.text) ?? '') : '')).join(''),
        start_index,
        end_index,
      },
    };
  }
  return null;
}
