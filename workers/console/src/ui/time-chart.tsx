import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useTheme } from '../app/theme.ts';
import { classes } from './classes.ts';
import { formatDateTime, formatShortTime } from './format.ts';
import styles from './time-chart.module.css';

export interface Series {
  name: string;
  /** One per moment; `null` = nothing known, which is drawn as a gap. */
  values: readonly (number | null)[];
  colour?: 1 | 2 | 3 | 4 | 5 | 6 | 'bad';
  /** Bars for counts, lines for levels. */
  draw?: 'line' | 'area' | 'bars';
  /** A forecast, or the period before. */
  dashed?: boolean;
}

interface TimeChartProps {
  /** What it shows, for those who do not see it. */
  label: string;
  /** Milliseconds since 1970, ascending. */
  at_ms: readonly number[];
  series: readonly Series[];
  format: (value: number) => string;
  height?: number;
  /** Draws the series on top of each other. */
  stacked?: boolean;
  /** Called with the stretch that was marked with the mouse. */
  onZoom?: (from_ms: number, to_ms: number) => void;
}

/** Something over time: with the numbers under the pointer, and as a table for those who want to read it. */
export function TimeChart({
  label,
  at_ms,
  series,
  format,
  height = 220,
  stacked = false,
  onZoom,
}: TimeChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const zoom = useRef(onZoom);
  zoom.current = onZoom;
  const [at, setAt] = useState<number | null>(null);
  const [as_table, setAsTable] = useState(false);
  const theme = useTheme();

  // biome-ignore lint/correctness/useExhaustiveDependencies: colours are read from the theme
  useEffect(() => {
    const into = box.current;
    if (into === null || as_table) return;
    const css = getComputedStyle(into);
    const colour = (name: string): string => resolveColour(into, css.getPropertyValue(name));
    const lines = stacked ? stack(series) : series.map(({ values }) => [...values]);
    const drawn = series.map((one, index) => ({ one, index, line: lines[index] ?? [] }));
    // Each bar is as high as all below it: the highest first, so that the others are drawn over it.
    if (stacked) drawn.reverse();
    const axis = {
      stroke: colour('--text-faint'),
      font: `11px ${css.fontFamily}`,
      grid: { stroke: colour('--chart-grid'), width: 1 },
      ticks: { show: false },
    };
    const plot = new uPlot(
      {
        width: Math.max(into.clientWidth, 80),
        height,
        padding: [10, 8, 0, 0],
        legend: { show: false },
        cursor: {
          y: false,
          points: { size: 7 },
          drag: { x: onZoom !== undefined, y: false, setScale: false },
        },
        scales: { y: { range: (_, _min, max) => [0, max > 0 ? max * 1.08 : 1] } },
        axes: [
          { ...axis, size: 30, space: 70, grid: { show: false }, values: times() },
          { ...axis, size: 62, space: 34, values: (_, ticks) => ticks.map((tick) => format(tick)) },
        ],
        series: [
          {},
          ...drawn.map(({ one, index }) => {
            const stroke = colour(`--chart-${one.colour ?? (index % 6) + 1}`);
            const fill =
              one.draw === 'area' || stacked
                ? `color-mix(in srgb, ${stroke} ${stacked ? 55 : 14}%, transparent)`
                : '';
            return {
              label: one.name,
              stroke,
              width: one.draw === 'bars' ? 0 : 1.6,
              points: { show: one.draw !== 'bars', size: 5, fill: stroke, filter: lonely },
              ...(fill === '' ? {} : { fill }),
              ...(one.dashed ? { dash: [4, 4] } : {}),
              ...(one.draw === 'bars'
                ? {
                    fill: stroke,
                    paths: uPlot.paths.bars?.({ size: [0.72, 28], radius: 0.15 }) as uPlot.Series.PathBuilder,
                  }
                : {}),
            } satisfies uPlot.Series;
          }),
        ],
        hooks: {
          setCursor: [(self) => setAt(self.cursor.idx ?? null)],
          setSelect: [
            (self) => {
              const { left, width } = self.select;
              if (width < 8) return;
              zoom.current?.(self.posToVal(left, 'x') * 1000, self.posToVal(left + width, 'x') * 1000);
              self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            },
          ],
        },
      },
      [at_ms.map((ms) => ms / 1000), ...drawn.map(({ line }) => line)] as uPlot.AlignedData,
      into,
    );
    const sized = new ResizeObserver(() => plot.setSize({ width: Math.max(into.clientWidth, 80), height }));
    sized.observe(into);
    return () => {
      sized.disconnect();
      plot.destroy();
    };
  }, [at_ms, series, height, stacked, theme, as_table]);

  const shown = at ?? at_ms.length - 1;
  return (
    <figure className={styles['chart']} aria-label={label}>
      <figcaption className={styles['legend']}>
        <span className={classes(styles['when'], 'figures')}>
          {at !== null && at_ms[at] !== undefined ? formatShortTime(at_ms[at]) : ''}
        </span>
        {series.map((one, index) => (
          <span key={one.name} className={styles['key']}>
            <i className={styles[`c${one.colour ?? (index % 6) + 1}`]} aria-hidden="true" />
            {one.name}
            {at !== null && (
              <b className="figures">
                {one.values[shown] === null || one.values[shown] === undefined
                  ? '–'
                  : format(one.values[shown])}
              </b>
            )}
          </span>
        ))}
        <button type="button" className={styles['toggle']} onClick={() => setAsTable(!as_table)}>
          {as_table ? 'Show chart' : 'Show table'}
        </button>
      </figcaption>
      {as_table ? (
        <AsTable label={label} at_ms={at_ms} series={series} format={format} height={height} />
      ) : (
        <div
          ref={box}
          className={styles['plot']}
          style={{ height }}
          role="img"
          aria-label={`${label}. The same as a table: "Show table".`}
        />
      )}
    </figure>
  );
}

function AsTable({
  label,
  at_ms,
  series,
  format,
  height,
}: Pick<TimeChartProps, 'label' | 'at_ms' | 'series' | 'format'> & { height: number }) {
  return (
    <div className={styles['scroll']} style={{ height }} tabIndex={0} role="region" aria-label={label}>
      <table className="figures">
        <thead>
          <tr>
            <th scope="col">Time</th>
            {series.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {at_ms.map((ms, at) => (
            <tr key={ms}>
              <th scope="row">{formatDateTime(ms)}</th>
              {series.map(({ name, values }) => (
                <td key={name}>
                  {values[at] === null || values[at] === undefined ? '–' : format(values[at])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A value without neighbours is no part of a line: it is drawn as a point. */
const lonely: uPlot.Series.Points.Filter = ({ data }, series) => {
  const values = data[series] ?? [];
  const known = (at: number) => values[at] !== null && values[at] !== undefined;
  return Array.from(values, (_, at) => at).filter((at) => known(at) && !known(at - 1) && !known(at + 1));
};

/** Each series with those before it below. */
function stack(series: readonly Series[]): (number | null)[][] {
  const sums: number[] = [];
  return series.map(({ values }) =>
    values.map((value, at) => {
      sums[at] = (sums[at] ?? 0) + (value ?? 0);
      return sums[at] ?? 0;
    }),
  );
}

/** A canvas does not know `light-dark()`: the browser is asked what it comes to. */
function resolveColour(within: HTMLElement, value: string): string {
  const probe = document.createElement('span');
  probe.style.color = value;
  within.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function times(): uPlot.Axis.Values {
  const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const day = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });
  return (_, ticks, _axis, _space, incr) =>
    ticks.map((tick) =>
      (incr >= 86_400 || new Date(tick * 1000).getHours() + new Date(tick * 1000).getMinutes() === 0
        ? day
        : clock
      ).format(tick * 1000),
    );
}
