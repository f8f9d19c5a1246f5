import { CodeBlock } from './copy.tsx';
import styles from './json-view.module.css';

/** Anything, as JSON. */
export const JsonView = ({ value, label }: { value: unknown; label: string }) => (
  <CodeBlock code={JSON.stringify(value, null, 2) ?? 'null'} label={label} />
);

interface Line {
  path: string;
  before: string | undefined;
  after: string | undefined;
}

/** What changed between two states, field by field. */
export function DiffView({ before, after }: { before: unknown; after: unknown }) {
  const lines = diff(before, after);
  if (lines.length === 0) return <p className={styles['same']}>Nothing differs in what is recorded.</p>;
  return (
    <table className={styles['diff']}>
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Before</th>
          <th scope="col">After</th>
        </tr>
      </thead>
      <tbody>
        {lines.map(({ path, before: was, after: is }) => (
          <tr key={path}>
            <th scope="row">
              <code>{path}</code>
            </th>
            <td>{was === undefined ? '–' : <del>{was}</del>}</td>
            <td>{is === undefined ? '–' : <ins>{is}</ins>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function diff(before: unknown, after: unknown): Line[] {
  const [was, is] = [flatten(before), flatten(after)];
  return [...new Set([...was.keys(), ...is.keys()])]
    .map((path) => ({ path, before: was.get(path), after: is.get(path) }))
    .filter((line) => line.before !== line.after);
}

/** Every leaf by its path; lists are leaves. */
function flatten(value: unknown, path = '', into = new Map<string, string>()): Map<string, string> {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
    for (const [name, inner] of Object.entries(value))
      flatten(inner, path === '' ? name : `${path}.${name}`, into);
  } else if (path !== '') into.set(path, JSON.stringify(value) ?? 'null');
  return into;
}
