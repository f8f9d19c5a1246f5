import type { Model } from '@sluice/client';
import { useQuery } from '@tanstack/react-query';
import { useMay } from '../../api/may.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { CopyText } from '../../ui/copy.tsx';
import { Facts } from '../../ui/figures.tsx';
import { formatCount, formatDay, formatShare } from '../../ui/format.ts';
import { Stack, Toolbar } from '../../ui/page.tsx';
import { Time } from '../../ui/time.tsx';
import { toast, toastError } from '../../ui/toast.tsx';
import { ABILITIES, type Ability, idOf } from './model-rows.ts';
import styles from './models.module.css';
import { changeModel, overridesQuery, resetModel, useModelsChanged } from './models-queries.ts';
import { PricesTable } from './prices-table.tsx';

/** Everything about one model: what it costs, what it can do, how good it is, and who says so. */
export function ModelDetail({ model, onEdit }: { model: Model; onEdit: () => void }) {
  const may = useMay();
  const changed = useModelsChanged();
  const own = useQuery(overridesQuery).data?.find((one) => idOf(one) === idOf(model));
  const run = async (action: () => Promise<unknown>, said: string, undo?: () => Promise<unknown>) => {
    try {
      await action();
      await changed();
      toast(
        said,
        undo === undefined ? {} : { action: { label: 'Undo', onSelect: () => void run(undo, 'Undone') } },
      );
    } catch (error) {
      toastError(error);
    }
  };
  const tokens = (count: number | null) => (count === null ? '–' : `${formatCount(count)} tokens`);
  const day = (date: string | null) => (date === null ? '–' : formatDay(date));
  return (
    <Stack>
      <Toolbar label="Actions">
        <Button disabled={!may('PUT /admin/v1/models/:provider/:model')} onClick={onEdit}>
          Change
        </Button>
        <Button
          disabled={!may('PUT /admin/v1/models/:provider/:model')}
          onClick={() =>
            void run(
              () => changeModel(model, { enabled: !model.enabled }),
              `${model.model} is ${model.enabled ? 'off' : 'on'}`,
              () => changeModel(model, { enabled: model.enabled }),
            )
          }
        >
          {model.enabled ? 'Turn off' : 'Turn on'}
        </Button>
        {own !== undefined && (
          <Button
            disabled={!may('DELETE /admin/v1/models/:provider/:model')}
            onClick={() => {
              const { prices, abilities, quality, enabled, aliases } = own;
              void run(
                () => resetModel(model),
                `${model.model} is as the catalogue has it`,
                () => changeModel(model, { prices, abilities, quality, enabled, aliases }),
              );
            }}
          >
            Take the catalogue’s word
          </Button>
        )}
      </Toolbar>
      <Facts
        rows={[
          ['Name in requests', <CopyText key="name" text={idOf(model)} />],
          ['Aliases', model.aliases.length === 0 ? '–' : model.aliases.join(', ')],
          ['State', model.enabled ? 'on' : 'off: chosen by nobody, refused where it is named'],
          ['Context', tokens(model.abilities.context_tokens)],
          ['Longest answer', tokens(model.abilities.output_tokens_max)],
          ['Quality', qualityWords(model)],
          ['Released', day(model.released_on)],
          ['Retires', day(model.retires_on)],
          own?.updated_at === undefined
            ? null
            : ['Your word, since', <Time key="since" at={own.updated_at} />],
        ]}
      />
      <h3>Abilities</h3>
      <Abilities model={model} />
      <h3>Prices</h3>
      <PricesTable prices={model.prices} />
      {model.price_source !== null && (
        <p className={styles['soft']}>
          Source: {model.price_source === 'organization' ? 'your organization' : model.price_source}
        </p>
      )}
    </Stack>
  );
}

function qualityWords({ quality, quality_source, quality_read_on }: Model): string {
  if (quality === null) return 'nobody measured it';
  const source = quality_source === 'organization' ? 'your organization' : quality_source;
  return `${formatShare(quality)} (${[source, quality_read_on === null ? null : `read ${formatDay(quality_read_on)}`].filter(Boolean).join(', ')})`;
}

export function Abilities({ model }: { model: Model }) {
  const named = (Object.keys(ABILITIES) as Ability[]).filter(
    (name) => (model.abilities[name] ?? null) !== null,
  );
  if (named.length === 0) return <p className={styles['soft']}>Nobody said what it can do.</p>;
  return (
    <div className={styles['badges']}>
      {named.map((name) => (
        <Badge key={name} tone={model.abilities[name] === true ? 'good' : 'plain'}>
          {model.abilities[name] === true ? ABILITIES[name] : `no ${ABILITIES[name].toLowerCase()}`}
        </Badge>
      ))}
    </div>
  );
}
