import type { Organization } from '@sluice/client';
import { Check } from '../../ui/field.tsx';
import { LimitFields, PlanField } from './limit-fields.tsx';
import { LimitOverrides } from './limit-overrides.tsx';
import { OrganizationForm } from './organization-form.tsx';
import type { Limits } from './settings-queries.ts';

/** Rate limits that keys share. A key's own stand with the key. */
export function LimitsTab() {
  return (
    <>
      <OrganizationForm
        title="The organization"
        about="All its requests together."
        pick={({ plan, limits }) => ({ plan, limits: limits as Limits | null })}
      >
        {({ value, set }) => (
          <>
            <PlanField value={value.plan} onChange={(plan) => set({ plan })} />
            <LimitFields
              plan={value.limits?.plan ?? value.plan}
              value={value.limits ?? {}}
              onChange={(patch) => set({ limits: { ...value.limits, ...patch } })}
            />
          </>
        )}
      </OrganizationForm>
      <Each of="project_limits" title="Each project" about="Every project without limits of its own." />
      <Each
        of="user_limits"
        title="Each user"
        about="Every user whom requests name (x-user-id) and who has no limits of their own."
      />
      <Each
        of="ip_limits"
        title="Each address"
        about="Every address that requests come from; an IPv6 /64 is one."
      />
      <LimitOverrides />
    </>
  );
}

type Scope = 'project_limits' | 'user_limits' | 'ip_limits';

function Each({ of: scope, title, about }: { of: Scope; title: string; about: string }) {
  return (
    <OrganizationForm
      title={title}
      about={about}
      pick={(organization: Organization) =>
        ({ [scope]: organization[scope] }) as Record<Scope, Limits | null>
      }
    >
      {({ value: { [scope]: limits }, set }) => {
        const change = (next: Limits | null) => set({ [scope]: next } as Record<Scope, Limits | null>);
        return (
          <>
            <Check
              label="Limited"
              checked={limits !== null}
              onChange={({ target }) => change(target.checked ? { plan: null } : null)}
            />
            {limits !== null && (
              <>
                <PlanField value={limits.plan} onChange={(plan) => change({ ...limits, plan })} />
                <LimitFields
                  plan={limits.plan}
                  value={limits}
                  onChange={(patch) => change({ ...limits, ...patch })}
                />
              </>
            )}
          </>
        );
      }}
    </OrganizationForm>
  );
}
