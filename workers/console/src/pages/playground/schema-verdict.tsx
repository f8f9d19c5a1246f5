import { useQuery } from '@tanstack/react-query';
import { Badge } from '../../ui/badge.tsx';
import { readJson, type Settings } from './settings.ts';

/** Whether an answer is the JSON that was asked for, and where it is not. */
export function SchemaVerdict({ text, settings }: { text: string; settings: Settings }) {
  const schema = settings.format === 'json_schema' ? settings.schema : '{}';
  const { data: problem } = useQuery({
    queryKey: ['playground', 'schema', schema, text],
    queryFn: () => findSchemaProblem(schema, text),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });
  if (problem === undefined) return null;
  if (problem === null)
    return (
      <Badge tone="good" dot>
        {settings.format === 'json_schema' ? 'Fits the schema' : 'Is JSON'}
      </Badge>
    );
  return (
    <div>
      <Badge tone="bad" dot>
        {settings.format === 'json_schema' ? 'Does not fit the schema' : 'Is no JSON'}
      </Badge>{' '}
      <small>{problem}</small>
    </div>
  );
}

/** `null` = there is none. It interprets the schema: the policy of the page forbids code that is made of one. */
async function findSchemaProblem(schema: string, text: string): Promise<string | null> {
  const value = readJson(text);
  if (value instanceof SyntaxError) return value.message;
  const wanted = readJson(schema);
  if (wanted instanceof SyntaxError || typeof wanted !== 'object' || wanted === null)
    return 'The schema is no longer valid.';
  const { Validator } = await import('@cfworker/json-schema');
  const { valid, errors } = new Validator(wanted, '2020-12', false).validate(value);
  if (valid) return null;
  return errors
    .slice(-3)
    .map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`)
    .join(' ');
}
