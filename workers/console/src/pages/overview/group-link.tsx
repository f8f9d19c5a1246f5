import { Link } from '@tanstack/react-router';
import type { RangeSearch } from '../../ui/time-range.tsx';

interface GroupLinkProps {
  /** What the sums are split by: `key`, `model`, … */
  by: string;
  id: string;
  name: string;
  /** The range that is looked at, so that the requests are those that were summed up. */
  search: RangeSearch;
  /** Of a page without one in its address. */
  standard: string;
}

/** From one part of the sums to what it is made of: the page of a key, else the requests. */
export const GroupLink = ({ by, id, name, search: { range, from, to }, standard }: GroupLinkProps) =>
  by === 'key' ? (
    <Link to="/keys/$id" params={{ id }}>
      {name}
    </Link>
  ) : (
    <Link
      to="/requests"
      search={{
        ...(from === undefined || to === undefined ? { range: range ?? standard } : { from, to }),
        [by === 'project' ? 'project_id' : by]: id,
      }}
    >
      {name}
    </Link>
  );
