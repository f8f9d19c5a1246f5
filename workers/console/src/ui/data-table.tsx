import {
  type ColumnDef,
  createSortedRowModel,
  rowSortingFeature,
  type SortingState,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp, Download } from 'lucide-react';
import {
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { IconButton } from './button.tsx';
import { classes } from './classes.ts';
import { downloadCsv } from './csv.ts';
import styles from './data-table.module.css';
import { Failure, Skeleton } from './state.tsx';

export interface Column<T> {
  id: string;
  header: string;
  cell: (row: T) => ReactNode;
  /** What it is sorted by and what CSV gets; absent = neither. */
  value?: (row: T) => string | number | null;
  /** Numbers stand at the right, so that their digits do. */
  align?: 'start' | 'end';
  /** Not shown where the page is narrower than this. */
  from?: 'phone' | 'tablet' | 'desktop';
  /** Takes the room that is left; its text is cut rather than wrapped. */
  grow?: boolean;
}

interface DataTableProps<T> {
  /** What the rows are, for those who do not see the table and for the name of the CSV file. */
  label: string;
  columns: readonly Column<T>[];
  /** `undefined` = on its way. */
  rows: readonly T[] | undefined;
  rowId: (row: T) => string;
  /** Opens a row, by click and by Enter. */
  onOpen?: (row: T) => void;
  /** Row that is open beside the table. */
  open_id?: string | null;
  error?: unknown;
  onRetry?: () => void;
  /** Shown in place of no rows. */
  empty: ReactNode;
  /** Headers sort what is there. Only for lists that are there as a whole. */
  sortable?: boolean;
  /** There is more: fetched when the end comes near. */
  more?: { has_more: boolean; is_loading: boolean; load: () => void } | undefined;
  /** Height of its own with rows drawn only where they are seen: for lists without an end. */
  tall?: boolean;
  /** Rows that have just come: shown as new until this says otherwise. */
  isNew?: (row: T) => boolean;
  /** Whether the first row is in view: told with each change of it. */
  onTop?: (is_at_top: boolean) => void;
  /** What scrolls. */
  box_ref?: RefObject<HTMLDivElement | null>;
}

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });
const ROW_PX = 41;
const SKELETONS = ['a', 'b', 'c', 'd', 'e', 'f'];

/** Rows with sticky headers, arrow keys, CSV, and any number of them. */
export function DataTable<T>(props: DataTableProps<T>) {
  const {
    label,
    columns,
    rows,
    rowId,
    onOpen,
    open_id,
    error,
    onRetry,
    empty,
    sortable = false,
    more,
    tall = false,
    isNew,
    onTop,
    box_ref,
  } = props;
  const [sorting, setSorting] = useState<SortingState>([]);
  const defined = useMemo(
    (): ColumnDef<typeof features, { row: T }>[] =>
      columns.map((column) => ({
        id: column.id,
        header: column.header,
        accessorFn: ({ row }) => column.value?.(row) ?? null,
        enableSorting: sortable && column.value !== undefined,
        sortFn: (a, b, id) => compare(a.getValue(id), b.getValue(id)),
      })),
    [columns, sortable],
  );
  const data = useMemo(() => (rows ?? []).map((row) => ({ row })), [rows]);
  const table = useTable({
    features,
    columns: defined,
    data,
    getRowId: ({ row }) => rowId(row),
    state: { sorting },
    onSortingChange: setSorting,
  });
  const shown = table.getRowModel().rows;

  const own_box = useRef<HTMLDivElement>(null);
  const box = box_ref ?? own_box;
  const was_at_top = useRef(true);
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: 14,
    enabled: tall,
  });
  const items = virtual.getVirtualItems();
  const window = tall
    ? {
        from: items[0]?.index ?? 0,
        to: (items.at(-1)?.index ?? -1) + 1,
        above: items[0]?.start ?? 0,
        below: virtual.getTotalSize() - (items.at(-1)?.end ?? 0),
      }
    : { from: 0, to: shown.length, above: 0, below: 0 };
  const is_near_end = tall && window.to >= shown.length - 10;
  useEffect(() => {
    if (is_near_end && more?.has_more === true && !more.is_loading) more.load();
  }, [is_near_end, more]);

  if (error !== undefined && error !== null && rows === undefined)
    return <Failure error={error} onRetry={onRetry} />;
  if (rows !== undefined && rows.length === 0) return <>{empty}</>;

  const save = () =>
    downloadCsv(
      label.toLowerCase().replace(/\s+/g, '-'),
      columns.filter(({ value }) => value).map(({ header }) => header),
      shown.map(({ original }) => columns.flatMap(({ value }) => (value ? [value(original.row)] : []))),
    );
  return (
    <div className={styles['frame']}>
      <div
        ref={box}
        className={classes(styles['box'], tall && styles['tall'])}
        tabIndex={0}
        role="region"
        aria-label={label}
        data-scroll-restoration-id={label}
        onScroll={
          onTop &&
          (({ currentTarget }) => {
            const is_at_top = currentTarget.scrollTop < ROW_PX;
            if (is_at_top !== was_at_top.current) onTop(is_at_top);
            was_at_top.current = is_at_top;
          })
        }
      >
        <table
          className={styles['table']}
          aria-busy={rows === undefined}
          aria-rowcount={more?.has_more ? -1 : shown.length + 1}
        >
          <thead>
            <tr>
              {columns.map((column) => (
                <Header
                  key={column.id}
                  column={column}
                  sorting={sorting}
                  canSort={sortable && column.value !== undefined}
                  onSort={setSorting}
                />
              ))}
            </tr>
          </thead>
          <tbody onKeyDown={moveFocus}>
            {rows === undefined &&
              SKELETONS.map((id) => (
                <tr key={id}>
                  {columns.map((column) => (
                    <td key={column.id} className={cellClass(column)}>
                      <Skeleton />
                    </td>
                  ))}
                </tr>
              ))}
            {window.above > 0 && (
              <tr>
                <td style={{ height: window.above, padding: 0, border: 0 }} colSpan={columns.length} />
              </tr>
            )}
            {shown.slice(window.from, window.to).map((row, at) => (
              <tr
                key={row.id}
                data-row
                aria-rowindex={window.from + at + 2}
                aria-selected={open_id === undefined ? undefined : row.id === open_id}
                className={classes(
                  onOpen && styles['opens'],
                  row.id === open_id && styles['open'],
                  isNew?.(row.original.row) && styles['new'],
                )}
                tabIndex={onOpen ? 0 : undefined}
                onClick={onOpen && ((event) => isPlain(event) && onOpen(row.original.row))}
                onKeyDown={
                  onOpen &&
                  ((event) =>
                    event.key === 'Enter' && event.target === event.currentTarget && onOpen(row.original.row))
                }
              >
                {columns.map((column) => (
                  <td key={column.id} className={cellClass(column)}>
                    {column.cell(row.original.row)}
                  </td>
                ))}
              </tr>
            ))}
            {window.below > 0 && (
              <tr>
                <td style={{ height: window.below, padding: 0, border: 0 }} colSpan={columns.length} />
              </tr>
            )}
          </tbody>
        </table>
      </div>
      <div className={styles['foot']}>
        <span className="figures" role="status">
          {rows !== undefined &&
            `${shown.length}${more?.has_more ? '+' : ''} ${shown.length === 1 ? 'row' : 'rows'}`}
          {more?.is_loading === true && ' · loading more …'}
        </span>
        {!tall && more?.has_more === true && (
          <button type="button" className={styles['more']} onClick={more.load} disabled={more.is_loading}>
            Show more
          </button>
        )}
        {columns.some(({ value }) => value) && (
          <IconButton
            size="small"
            label="Download these rows as CSV"
            icon={<Download aria-hidden="true" />}
            onClick={save}
            disabled={rows === undefined}
          />
        )}
      </div>
    </div>
  );
}

interface HeaderProps<T> {
  column: Column<T>;
  sorting: SortingState;
  canSort: boolean;
  onSort: (sorting: SortingState) => void;
}

function Header<T>({ column, sorting, canSort, onSort }: HeaderProps<T>) {
  const current = sorting.find(({ id }) => id === column.id);
  const Arrow = current?.desc ? ArrowDown : ArrowUp;
  const turn = () =>
    onSort(
      current === undefined
        ? [{ id: column.id, desc: column.align === 'end' }]
        : current.desc === (column.align === 'end')
          ? [{ id: column.id, desc: !current.desc }]
          : [],
    );
  return (
    <th
      scope="col"
      className={cellClass(column)}
      aria-sort={current === undefined ? undefined : current.desc ? 'descending' : 'ascending'}
    >
      {canSort ? (
        <button type="button" className={styles['sort']} onClick={turn}>
          {column.header}
          {current !== undefined && <Arrow aria-hidden="true" />}
        </button>
      ) : (
        column.header
      )}
    </th>
  );
}

const cellClass = <T,>(column: Column<T>): string =>
  classes(
    column.align === 'end' && styles['end'],
    column.grow && styles['grow'],
    column.from && column.from !== 'phone' && styles[column.from],
  );

/** `null` last, whatever the direction would be; names without regard to case, with their numbers as numbers. */
function compare(a: unknown, b: unknown): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), undefined, { numeric: true, sensitivity: 'base' });
}

/** Not on a link or button in the row, and not at the end of marking text. */
function isPlain({ target, currentTarget }: MouseEvent<HTMLElement>): boolean {
  // Clicks in a menu or a dialog that a cell opened reach the row by React's tree, though they are elsewhere.
  if (!(target instanceof Element) || !currentTarget.contains(target)) return false;
  const is_control = target.closest('a, button, input, select, label') !== null;
  return !is_control && (window.getSelection()?.isCollapsed ?? true);
}

function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const step =
    event.key === 'ArrowDown' || event.key === 'j'
      ? 1
      : event.key === 'ArrowUp' || event.key === 'k'
        ? -1
        : 0;
  const row = event.target instanceof HTMLElement ? event.target.closest('tr[data-row]') : null;
  if (step === 0 || row !== event.target) return;
  const next = step > 0 ? row?.nextElementSibling : row?.previousElementSibling;
  if (next instanceof HTMLElement && next.matches('[data-row]')) {
    event.preventDefault();
    next.focus();
  }
}
