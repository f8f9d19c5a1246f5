import type { Organization } from '@sluice/client';
import type { ReactNode } from 'react';
import { useMay } from '../../api/may.ts';
import { useOrganization, useOrganizationChange } from '../../api/use-organization.ts';
import { Section } from '../../ui/page.tsx';
import { SettingsForm } from '../../ui/settings-form.tsx';
import { Shown, Skeleton } from '../../ui/state.tsx';
import { useChanges } from '../../ui/use-changes.ts';

interface Drafted<T> {
  value: T;
  set: (patch: Partial<T>) => void;
}

interface OrganizationFormProps<T extends object> {
  title: string;
  about?: ReactNode;
  /** The settings that stand in this card, as the API has them. */
  pick: (organization: Organization) => T;
  /** What of the changes is sent; absent = all as it is. */
  read?: (changes: Partial<T>) => object;
  children: (drafted: Drafted<T>) => ReactNode;
}

/** A card of the organization's settings, of which only what was changed is sent. */
export function OrganizationForm<T extends object>(props: OrganizationFormProps<T>) {
  const organization = useOrganization();
  return (
    <Shown
      query={organization}
      waiting={
        <Section title={props.title} about={props.about}>
          <Skeleton height="chart" />
        </Section>
      }
    >
      {({ data, etag }) => <Filled {...props} organization={data} etag={etag} />}
    </Shown>
  );
}

interface FilledProps<T extends object> extends OrganizationFormProps<T> {
  organization: Organization;
  etag: string | null;
}

function Filled<T extends object>({
  title,
  about,
  pick,
  read = (changes) => changes,
  children,
  organization,
  etag,
}: FilledProps<T>) {
  const change = useOrganizationChange();
  const is_fixed = !useMay()('PATCH /admin/v1/organization');
  const { value, changes, is_changed, set, reset } = useChanges(pick(organization));
  return (
    <SettingsForm
      title={title}
      about={about}
      is_changed={is_changed}
      is_fixed={is_fixed}
      onReset={reset}
      onSave={() => change(read(changes), etag)}
    >
      {children({ value, set })}
    </SettingsForm>
  );
}
