import { RefreshCw } from 'lucide-react';
import { useSession } from '../../api/session.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { formatName } from '../../ui/format.ts';
import { Section } from '../../ui/page.tsx';
import { Shown, Skeleton } from '../../ui/state.tsx';
import { Organizations } from './organizations.tsx';
import styles from './settings-page.module.css';
import { useDoctor } from './settings-queries.ts';

const WORDS = {
  ok: { label: 'Well', tone: 'good' },
  warning: { label: 'Look', tone: 'warn' },
  problem: { label: 'Problem', tone: 'bad' },
} as const;

const SUMMARY = {
  ok: 'All is well.',
  warning: 'It works, but not as well as it could.',
  problem: 'Something needs you.',
} as const;

/** What the doctor says; and, for who has the key of the deployment, its organizations. */
export function DeploymentTab() {
  const doctor = useDoctor();
  const { is_deployment } = useSession();
  return (
    <>
      <Section
        title="Health of the deployment"
        about={doctor.data && `Version ${doctor.data.version}. ${SUMMARY[doctor.data.state]}`}
        actions={
          <Button
            icon={<RefreshCw aria-hidden="true" />}
            busy={doctor.isFetching}
            onClick={() => void doctor.refetch()}
          >
            Look again
          </Button>
        }
      >
        <Shown query={doctor} waiting={<Skeleton height="chart" />}>
          {({ checks }) => (
            <ul className={styles['checks']}>
              {checks.map(({ name, state, found, to_do }, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the gateway gives them in a fixed order, names may come twice
                <li key={at} className={styles['check']}>
                  <span>
                    <Badge tone={WORDS[state].tone} dot>
                      {WORDS[state].label}
                    </Badge>
                  </span>
                  <strong>{formatName(name)}</strong>
                  <div>
                    <p>{found}</p>
                    {to_do !== null && <p className={styles['toDo']}>{to_do}</p>}
                  </div>
                </li>
              ))}
            </ul>
          )}
        </Shown>
      </Section>
      {is_deployment && <Organizations />}
    </>
  );
}
