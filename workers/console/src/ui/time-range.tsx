import { useMemo, useState } from 'react';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Field, FieldRow, Input, Select } from './field.tsx';
import { formatDateTime } from './format.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The stretches that can be looked at, from an hour to a year. */
export const RANGES = {
  '1h': { label: 'Last hour', ms: HOUR },
  '6h': { label: 'Last 6 hours', ms: 6 * HOUR },
  '24h': { label: 'Last 24 hours', ms: DAY },
  '7d': { label: 'Last 7 days', ms: 7 * DAY },
  '30d': { label: 'Last 30 days', ms: 30 * DAY },
  '90d': { label: 'Last 90 days', ms: 90 * DAY },
  '1y': { label: 'Last year', ms: 365 * DAY },
} as const;

/** As it stands in the address: a name of {@link RANGES}, or a stretch of one's own. */
export interface RangeSearch {
  range?: string;
  /** ISO 8601, with `to`. */
  from?: string;
  to?: string;
}

export interface TimeRange {
  from_ms: number;
  to_ms: number;
  label: string;
  /** Whether it ends now, and so goes on. */
  is_live: boolean;
}

/** @param now_ms end of the named ranges. */
export function readRange(search: RangeSearch, standard: keyof typeof RANGES, now_ms: number): TimeRange {
  const from_ms = Date.parse(search.from ?? '');
  const to_ms = Date.parse(search.to ?? '');
  if (from_ms < to_ms)
    return { from_ms, to_ms, label: `${formatDateTime(from_ms)} – ${formatDateTime(to_ms)}`, is_live: false };
  const known =
    search.range !== undefined && Object.hasOwn(RANGES, search.range)
      ? (search.range as keyof typeof RANGES)
      : standard;
  const { label, ms } = RANGES[known];
  return { from_ms: now_ms - ms, to_ms: now_ms, label, is_live: true };
}

/** The same, ending at the minute in which the page asks: so that a query's key stays the same while it is looked at. */
export function useRange(search: RangeSearch, standard: keyof typeof RANGES = '24h'): TimeRange {
  const minute = Math.ceil(Date.now() / MINUTE) * MINUTE;
  const { range, from, to } = search;
  return useMemo(() => readRange({ range, from, to }, standard, minute), [range, from, to, standard, minute]);
}

interface RangePickerProps {
  search: RangeSearch;
  standard?: keyof typeof RANGES;
  onChange: (search: RangeSearch) => void;
}

/** Chooses a range by name, or one's own in the viewer's zone. */
export function RangePicker({ search, standard = '24h', onChange }: RangePickerProps) {
  const [open, setOpen] = useState(false);
  const range = readRange(search, standard, Date.now());
  const value = range.is_live ? (search.range ?? standard) : 'own';
  return (
    <>
      <Select
        aria-label="Time range"
        value={value}
        onChange={({ target }) =>
          target.value === 'own' ? setOpen(true) : onChange({ range: target.value })
        }
        options={[
          ...Object.entries(RANGES).map(([name, { label }]) => ({ value: name, label })),
          { value: 'own', label: range.is_live ? 'Own range …' : range.label },
        ]}
      />
      {!range.is_live && (
        <Button size="small" look="quiet" onClick={() => setOpen(true)}>
          Change
        </Button>
      )}
      <OwnRange key={String(open)} open={open} onOpenChange={setOpen} range={range} onChange={onChange} />
    </>
  );
}

function OwnRange({
  open,
  onOpenChange,
  range,
  onChange,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  range: TimeRange;
  onChange: (search: RangeSearch) => void;
}) {
  const [from, setFrom] = useState(localValue(range.from_ms));
  const [to, setTo] = useState(localValue(range.to_ms));
  const is_wrong = !(Date.parse(from) < Date.parse(to));
  const apply = () => {
    onChange({ from: new Date(from).toISOString(), to: new Date(to).toISOString() });
    onOpenChange(false);
  };
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Own range"
      about={`In your zone, ${Intl.DateTimeFormat().resolvedOptions().timeZone}.`}
      footer={
        <Button look="primary" disabled={is_wrong} onClick={apply}>
          Show
        </Button>
      }
    >
      <FieldRow>
        <Field label="From">
          <Input type="datetime-local" value={from} onChange={({ target }) => setFrom(target.value)} />
        </Field>
        <Field label="To" error={is_wrong ? 'It has to end after it begins.' : null}>
          <Input type="datetime-local" value={to} onChange={({ target }) => setTo(target.value)} />
        </Field>
      </FieldRow>
    </Dialog>
  );
}

/** As a datetime input takes it. */
function localValue(ms: number): string {
  const at = new Date(ms - new Date(ms).getTimezoneOffset() * MINUTE);
  return at.toISOString().slice(0, 16);
}
