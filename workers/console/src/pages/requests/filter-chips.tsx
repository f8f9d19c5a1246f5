import { X } from 'lucide-react';
import { Button } from '../../ui/button.tsx';
import { FILTER_NAMES, type FilterName } from './filter-names.ts';
import { FILTER_LABELS, type RequestSearch } from './request-filters.ts';
import styles from './requests-page.module.css';
import { nameIn, useKeyNames, useProjectNames } from './requests-queries.ts';

/** Have a control of their own in the bar. */
const SHOWN_ELSEWHERE: readonly FilterName[] = ['q', 'status'];

/** What the list is narrowed by, each to be taken away. */
export function FilterChips({
  search,
  onChange,
}: {
  search: RequestSearch;
  onChange: (patch: RequestSearch) => void;
}) {
  const keys = useKeyNames();
  const projects = useProjectNames();
  const set = FILTER_NAMES.filter((name) => search[name] !== undefined && !SHOWN_ELSEWHERE.includes(name));
  if (set.length === 0) return null;
  const shown = (name: FilterName): string =>
    (name === 'key_id'
      ? nameIn(keys, search.key_id ?? null)
      : name === 'project_id'
        ? nameIn(projects, search.project_id ?? null)
        : search[name]) ?? '';
  const clear = () => onChange(Object.fromEntries(FILTER_NAMES.map((name) => [name, undefined])));
  return (
    <ul className={styles['chips']} aria-label="Filters that are set">
      {set.map((name) => (
        <li key={name} className={styles['chip']}>
          <span>{labelOf(name)}</span> <b title={shown(name)}>{shown(name)}</b>
          <button
            type="button"
            className={styles['remove']}
            aria-label={`Remove filter ${labelOf(name)}`}
            onClick={() => onChange({ [name]: undefined })}
          >
            <X aria-hidden="true" />
          </button>
        </li>
      ))}
      <li>
        <Button size="small" look="quiet" onClick={clear}>
          Clear all
        </Button>
      </li>
    </ul>
  );
}

/** In full: beside each other in the form, two bounds share one heading. */
const BOUNDS: Partial<Record<FilterName, string>> = {
  min_latency_ms: 'Latency from (ms)',
  max_latency_ms: 'Latency to (ms)',
  min_cost_usd: 'Cost from (USD)',
  max_cost_usd: 'Cost to (USD)',
};
const labelOf = (name: FilterName): string => BOUNDS[name] ?? FILTER_LABELS[name];
