import { asCount, asList, asRecord, asText, type Loose } from './lenient.ts';

/** OpenAI's annotation. Indexes count UTF-16 units of the answer's text, as JavaScript strings do. */
export interface UrlCitation {
  type: 'url_citation';
  url_citation: { url: string; title: string; start_index: number; end_index: number };
}

/**
 * Sources that grounding and recitation checks name. Google counts bytes of UTF-8; sources without a URL
 * (a file-search store, say) have no OpenAI form and are left out.
 * @param text the answer's text so far, which the offsets point into
 * @see https://ai.google.dev/api/generate-content#GroundingMetadata (read 2026-11-21)
 */
export function parseAnnotations(candidate: Loose, text: string): UrlCitation[] {
  const found: UrlCitation[] = [];
  const grounding = asRecord(candidate['groundingMetadata']);
  if (grounding !== null) {
    const chunks = asList(grounding['groundingChunks']);
    const supports = asList(grounding['groundingSupports']);
    for (const entry of supports) {
      const support = asRecord(entry);
      for (const index of asList(support?.['groundingChunkIndices'])) {
        if (typeof index === 'number') addChunk(found, chunks[index], asRecord(support?.['segment']), text);
      }
    }
    if (supports.length === 0) for (const chunk of chunks) addChunk(found, chunk, null, text);
  }
  const citations = asRecord(candidate['citationMetadata']);
  // The Gemini API says `citationSources`, Vertex says `citations`.
  for (const entry of asList(citations?.['citationSources'] ?? citations?.['citations'])) {
    const source = asRecord(entry);
    if (source !== null) add(found, asText(source['uri']), asText(source['title']), source, text);
  }
  return found;
}

function addChunk(found: UrlCitation[], chunk: unknown, segment: Loose | null, text: string): void {
  const holder = asRecord(chunk);
  const source =
    asRecord(holder?.['web']) ?? asRecord(holder?.['retrievedContext']) ?? asRecord(holder?.['maps']);
  if (source !== null) add(found, asText(source['uri']), asText(source['title']), segment, text);
}

function add(
  found: UrlCitation[],
  url: string | null,
  title: string | null,
  range: Loose | null,
  text: string,
): void {
  if (url === null || url === '') return;
  const start_index = findIndexOfByte(text, asCount(range?.['startIndex']));
  const end_index = findIndexOfByte(text, asCount(range?.['endIndex']));
  found.push({ type: 'url_citation', url_citation: { url, title: title ?? '', start_index, end_index } });
}

/** The index in `text` at which its `bytes`-th byte of UTF-8 stands; the text's length when there are fewer. */
function findIndexOfByte(text: string, bytes: number): number {
  let seen = 0;
  let index = 0;
  while (index < text.length && seen < bytes) {
    const code = text.codePointAt(index) ?? 0;
    seen += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    index += code < 0x10000 ? 1 : 2;
  }
  return index;
}
