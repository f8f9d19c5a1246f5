import { type JsonObject, listOf, objectOf, textOf } from './json.ts';
import type { Failure } from './protocol.ts';
import { opaqueOf } from './text.ts';

const invalid = (message: string): Failure => ({ kind: 'invalid', message });

const KNOWN = new Set(
  'contents systemInstruction system_instruction tools toolConfig tool_config generationConfig generation_config safetySettings safety_settings cachedContent cached_content labels store serviceTier model'.split(
    ' ',
  ),
);

/** The signature of a function call: a function of the call, so that an altered one is seen without any memory. */
export const signCall = (name: string, args: unknown): string =>
  `CiQB${opaqueOf(`gemini ${name} ${sorted(args)}`, 88)}`;

function sorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${sorted(inner)}`).join(',')}}`;
}

const partsOf = (content: JsonObject): JsonObject[] => listOf(content['parts']).map(objectOf);

/** The sentinels that Google documents for calls whose signature is lost. */
const SENTINELS = ['skip_thought_signature_validator', 'context_engineering_is_the_way_to_go'];

function findMissingSignature(contents: JsonObject[]): Failure | null {
  const asked = contents.findLastIndex(
    (content) =>
      content['role'] !== 'model' && partsOf(content).some((part) => part['functionResponse'] === undefined),
  );
  for (const [i, content] of contents.entries()) {
    if (i <= asked || content['role'] !== 'model') continue;
    const first = partsOf(content).find((part) => part['functionCall'] !== undefined);
    if (first === undefined) continue;
    const call = objectOf(first['functionCall']);
    const signature = textOf(first['thoughtSignature'] ?? first['thought_signature']);
    if (signature === '') {
      return invalid(
        `Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call \`default_api:${textOf(call['name'])}\` , position ${i + 1}. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.`,
      );
    }
    if (!SENTINELS.includes(signature) && signature !== signCall(textOf(call['name']), call['args'] ?? {})) {
      return invalid('Thought signature is not valid.');
    }
  }
  return null;
}

function findBadPart(contents: JsonObject[]): Failure | null {
  let calls = 0;
  for (const [i, content] of contents.entries()) {
    const role = content['role'];
    if (role !== undefined && role !== 'user' && role !== 'model' && role !== 'function') {
      return invalid('Please use a valid role: user, model.');
    }
    if (partsOf(content).length === 0)
      return invalid(`* GenerateContentRequest.contents[${i}].parts: contents.parts must not be empty.`);
    const responses = partsOf(content).filter((part) => part['functionResponse'] !== undefined);
    if (responses.some((part) => textOf(objectOf(part['functionResponse'])['name']) === '')) {
      return invalid(
        `* GenerateContentRequest.contents[${i}].parts[0].function_response.name: Name cannot be empty.\n`,
      );
    }
    if (responses.length !== calls) {
      return invalid(
        'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.',
      );
    }
    calls = partsOf(content).filter((part) => part['functionCall'] !== undefined).length;
  }
  return null;
}

/** What Gemini refuses, in its words. */
export function validateGemini(body: JsonObject, model: string): Failure | null {
  const unknown = Object.keys(body).find((key) => !KNOWN.has(key));
  if (unknown !== undefined)
    return invalid(`Invalid JSON payload received. Unknown name "${unknown}": Cannot find field.`);
  const contents = listOf(body['contents']).map(objectOf);
  if (contents.length === 0) return invalid('* GenerateContentRequest.contents: contents is not specified\n');
  for (const tool of listOf(body['tools']).flatMap((each) =>
    listOf(objectOf(each)['functionDeclarations']),
  )) {
    const name = textOf(objectOf(tool)['name']);
    if (!/^[A-Za-z_][A-Za-z0-9_.:-]{0,127}$/.test(name)) {
      return invalid(
        `* GenerateContentRequest.tools[0].function_declarations[0].name: [Invalid function name. Must start with a letter or an underscore.] "${name}"`,
      );
    }
  }
  return findBadPart(contents) ?? (/gemini-3/.test(model) ? findMissingSignature(contents) : null);
}
