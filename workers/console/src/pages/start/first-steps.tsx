import { Check } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useMay } from '../../api/may.ts';
import { createSnippets, KEY_PLACEHOLDER } from '../../snippets.ts';
import { ButtonLink } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { CodeBlock } from '../../ui/copy.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { FirstKey } from './first-key.tsx';
import { FirstRequest } from './first-request.tsx';
import styles from './first-steps.module.css';
import { useKeyCount, useProviders } from './start-queries.ts';

interface FirstStepsProps {
  /** Of the snippets, by its id; kept in the address. */
  client: string | undefined;
  onClient: (client: string) => void;
  /** What can be done once a request came. */
  next: (request_id: string) => ReactNode;
}

/** A provider, a key, a request: the three things that a new gateway needs, each ticked off as it is there. */
export function FirstSteps({ client, onClient, next }: FirstStepsProps) {
  const may = useMay();
  const providers = useProviders();
  const keys = useKeyCount();
  const [secret, setSecret] = useState<string | null>(null);
  const [opened_ms] = useState(() => Date.now());
  const [is_used, setIsUsed] = useState(false);
  const snippets = createSnippets({ base_url: location.origin, key: secret ?? KEY_PLACEHOLDER });
  const shown = snippets.some(({ id }) => id === client) ? (client ?? 'curl') : 'curl';
  return (
    <ol className={styles['steps']}>
      <Step number={1} title="Connect a provider" is_done={providers.is_ready}>
        <p className={styles['words']}>{wordsOf(providers)}</p>
        {may('POST /admin/v1/connections') && (
          <div className={styles['row']}>
            <ButtonLink to="/connections" look={providers.is_ready ? 'plain' : 'primary'}>
              {providers.is_ready ? 'Connect another provider' : 'Connect a provider'}
            </ButtonLink>
          </div>
        )}
      </Step>
      <Step number={2} title="Make a key" is_done={secret !== null || (keys.data?.count ?? 0) > 0}>
        <FirstKey keys={keys.data} secret={secret} onCreated={setSecret} />
      </Step>
      <Step number={3} title="Send the first request" is_done={is_used}>
        <Tabs
          label="Client"
          value={shown}
          onChange={onClient}
          tabs={snippets.map(({ id, label, before, code }) => ({
            value: id,
            label,
            content: (
              <>
                {before !== null && <p className={styles['words']}>{before}</p>}
                <CodeBlock code={code} label={`${label} snippet`} />
              </>
            ),
          }))}
        />
        {secret === null && (
          <p className={styles['words']}>
            Put the secret of your key in place of <code>{KEY_PLACEHOLDER}</code>, or make a key above: then
            it stands here.
          </p>
        )}
        <FirstRequest since_ms={opened_ms} onArrived={setIsUsed} next={next} />
      </Step>
    </ol>
  );
}

function Step({
  number,
  title,
  is_done,
  children,
}: {
  number: number;
  title: string;
  is_done: boolean;
  children: ReactNode;
}) {
  return (
    <li className={classes(styles['step'], is_done && styles['done'])}>
      <span className={styles['mark']}>
        {is_done ? <Check aria-hidden="true" /> : <span aria-hidden="true">{number}</span>}
      </span>
      <div className={styles['body']}>
        <h2>
          {title}
          {is_done && <span className="visually-hidden"> (done)</span>}
        </h2>
        {children}
      </div>
    </li>
  );
}

function wordsOf({ stored, is_ready }: ReturnType<typeof useProviders>): string {
  const own = stored?.length ?? 0;
  if (own > 0)
    return `${own} ${own === 1 ? 'connection' : 'connections'} of this organization ${own === 1 ? 'is' : 'are'} stored.`;
  if (is_ready)
    return 'There are providers that came with the deployment. On your own machine that is the simulator, which answers without any account. Connect a provider of your own whenever you like.';
  return 'Store the credential of OpenAI, Anthropic, Gemini or any other provider. It is encrypted, and no one sees it again.';
}
