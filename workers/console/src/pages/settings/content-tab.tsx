import { Check, Field, FieldRow, Select } from '../../ui/field.tsx';
import { NumberField } from '../../ui/number-field.tsx';
import { OrganizationForm } from './organization-form.tsx';

/** What is kept, how long, and where requests may be served. */
export function ContentTab() {
  return (
    <>
      <OrganizationForm
        title="Prompts and answers"
        about="Counts, costs and receipts are kept in any case. A key can say otherwise."
        pick={({ retain_content, content_retention_days }) => ({ retain_content, content_retention_days })}
      >
        {({ value, set }) => (
          <>
            <Check
              label="Keep what was asked and answered"
              hint="In traces, so that they can be read and searched here. Off: from the next request on, only figures are kept."
              checked={value.retain_content}
              onChange={({ target }) => set({ retain_content: target.checked })}
            />
            <FieldRow>
              <NumberField
                label="Kept for"
                aside="days"
                hint="Empty: as long as the trace."
                min={1}
                max={3_650}
                placeholder="as traces"
                value={value.content_retention_days}
                onChange={(content_retention_days) => set({ content_retention_days })}
              />
            </FieldRow>
          </>
        )}
      </OrganizationForm>
      <OrganizationForm
        title="Retention"
        about="What is older is deleted within the hour, and cannot be brought back."
        pick={({
          trace_retention_days,
          audit_retention_days,
          delivery_retention_days,
          history_retention_days,
        }) => ({
          trace_retention_days: trace_retention_days as number | null,
          audit_retention_days: audit_retention_days as number | null,
          delivery_retention_days: delivery_retention_days as number | null,
          history_retention_days,
        })}
      >
        {({ value, set }) => (
          <>
            <FieldRow>
              <NumberField
                label="Traces and receipts"
                aside="days"
                min={1}
                max={3_650}
                required
                value={value.trace_retention_days}
                onChange={(trace_retention_days) => set({ trace_retention_days })}
              />
              <NumberField
                label="Audit log"
                aside="days"
                hint="7 to 365."
                min={7}
                max={365}
                required
                value={value.audit_retention_days}
                onChange={(audit_retention_days) => set({ audit_retention_days })}
              />
            </FieldRow>
            <FieldRow>
              <NumberField
                label="Deliveries of webhooks"
                aside="days"
                hint="3 to 365."
                min={3}
                max={365}
                required
                value={value.delivery_retention_days}
                onChange={(delivery_retention_days) => set({ delivery_retention_days })}
              />
              <NumberField
                label="Hourly sums and reconciliations"
                aside="days"
                hint="Empty: for good."
                min={90}
                max={3_650}
                placeholder="for good"
                value={value.history_retention_days}
                onChange={(history_retention_days) => set({ history_retention_days })}
              />
            </FieldRow>
          </>
        )}
      </OrganizationForm>
      <OrganizationForm
        title="Residency"
        about="Where requests may be served. Only connections that are certain to serve there are called; where none is left, requests are refused. Where the gateway keeps its own data is set once, when it is deployed."
        pick={({ residency }) => ({ residency })}
      >
        {({ value, set }) => (
          <FieldRow>
            <Field label="Requests are served in">
              <Select
                value={value.residency ?? ''}
                placeholder="Anywhere"
                options={[
                  { value: 'eu', label: 'The EU only' },
                  { value: 'us', label: 'The US only' },
                ]}
                onChange={({ target }) => set({ residency: (target.value || null) as 'eu' | 'us' | null })}
              />
            </Field>
          </FieldRow>
        )}
      </OrganizationForm>
    </>
  );
}
