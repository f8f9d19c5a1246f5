import type { Budget } from '@sluice/client';
import { Link } from '@tanstack/react-router';
import { Meter } from '../../ui/figures.tsx';
import { formatMoney, formatName } from '../../ui/format.ts';
import { Section } from '../../ui/page.tsx';
import { Empty, Shown, Skeleton } from '../../ui/state.tsx';
import styles from './overview.module.css';
import { useBudgets, useNames } from './usage-queries.ts';

const SHOWN = 6;

/** Shared budgets, the fullest first. */
export function BudgetMeters({ refetch_ms }: { refetch_ms: number | false }) {
  const query = useBudgets(refetch_ms);
  const names = useNames();
  return (
    <Section title="Budgets" actions={<Link to="/projects">All budgets</Link>}>
      <Shown query={query} waiting={<Skeleton height="block" />}>
        {(budgets) => {
          const shown = budgets.filter(({ spent_usd }) => spent_usd !== null).sort(byShare);
          return shown.length === 0 ? (
            <Empty title="No shared budgets">
              A budget of the organization, a project, a user or a model stops spend before it is made.
            </Empty>
          ) : (
            <ul className={styles['budgets']}>
              {shown.slice(0, SHOWN).map((budget) => (
                <li key={budget.id}>
                  <span className={styles['budget']}>
                    <strong>{nameOf(budget, names)}</strong>
                    <span className={styles['soft']}>{formatName(budget.window)}</span>
                  </span>
                  <Meter
                    label={nameOf(budget, names)}
                    limit={budget.limit_usd}
                    format={formatMoney}
                    parts={[
                      { name: 'spent', value: budget.spent_usd ?? 0, tone: 'spent' },
                      { name: 'held', value: budget.held_usd ?? 0, tone: 'held' },
                    ]}
                  />
                </li>
              ))}
            </ul>
          );
        }}
      </Shown>
    </Section>
  );
}

const shareOf = ({ spent_usd, held_usd, limit_usd }: Budget): number =>
  ((spent_usd ?? 0) + (held_usd ?? 0)) / Math.max(limit_usd, 1e-9);
const byShare = (a: Budget, b: Budget): number => shareOf(b) - shareOf(a);

const nameOf = ({ name, scope, subject }: Budget, names: ReadonlyMap<string, string>): string =>
  name ?? `${formatName(scope)}${subject === null ? '' : ` ${names.get(subject) ?? subject}`}`;
