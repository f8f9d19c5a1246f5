import { asList, asRecord, asText, type Loose } from '../gemini/lenient.ts';

/**
 * A citation as annotations, one for each source: OpenAI's `url_citation` where the source has an address, else its
 * `file_citation` with the cited text, as for Anthropic's documents. Those that point into reasoning are left out.
 * @param offset where the cited content begins in the whole text
 */
export function parseCitation(raw: unknown, offset: number): unknown[] {
  const citation = asRecord(raw);
  if (citation === null || citation['type'] === 'THINKING_CONTENT') return [];
  const start_index = offset + asIndex(citation['start']);
  const end_index = offset + asIndex(citation['end']);
  return asList(citation['sources']).flatMap((entry, index): unknown[] => {
    const source = asRecord(entry);
    if (source === null) return [];
    const content = asRecord(source['document']) ?? asRecord(source['tool_output']) ?? {};
    const url = asText(content['url']);
    const title = asText(content['title']) ?? asText(content['name']) ?? '';
    if (url !== null && /^https?:/i.test(url))
      return [{ type: 'url_citation', url_citation: { url, title, start_index, end_index } }];
    const file_citation = {
      file_id: idOf(source, content),
      filename: title,
      index,
      cited_text: asText(citation['text']) ?? '',
      start_index,
      end_index,
    };
    return [{ type: 'file_citation', file_citation }];
  });
}

const idOf = (source: Loose, content: Loose): string => asText(source['id']) ?? asText(content['id']) ?? '';

const asIndex = (value: unknown): number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : 0;
