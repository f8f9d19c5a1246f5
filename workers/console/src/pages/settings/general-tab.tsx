import { CopyText } from '../../ui/copy.tsx';
import { Field, FieldRow, Input, Select } from '../../ui/field.tsx';
import { NumberField } from '../../ui/number-field.tsx';
import { SuggestInput } from '../../ui/suggest-input.tsx';
import { OrganizationForm } from './organization-form.tsx';

const ZONES = Intl.supportedValuesOf('timeZone');

export function GeneralTab() {
  return (
    <OrganizationForm
      title="Organization"
      pick={({ id, name, time_zone, currency, usd_per_eur, platform_fee_percent }) => ({
        id,
        name,
        time_zone,
        currency,
        usd_per_eur: usd_per_eur as number | null,
        platform_fee_percent: platform_fee_percent as number | null,
      })}
    >
      {({ value, set }) => (
        <>
          <p>
            Id <CopyText text={value.id} />
          </p>
          <Field label="Name">
            <Input
              required
              maxLength={100}
              value={value.name}
              onChange={({ target }) => set({ name: target.value })}
            />
          </Field>
          <FieldRow>
            <Field
              label="Time zone"
              hint="Days and months of budgets, limits and statements turn over at its midnight."
            >
              <SuggestInput
                required
                options={ZONES}
                value={value.time_zone}
                onChange={({ target }) => set({ time_zone: target.value })}
              />
            </Field>
            <Field label="Currency" hint="For display. Accounts are kept in US dollars.">
              <Select
                value={value.currency}
                options={[
                  { value: 'usd', label: 'US dollar' },
                  { value: 'eur', label: 'Euro' },
                ]}
                onChange={({ target }) => set({ currency: target.value as 'usd' | 'eur' })}
              />
            </Field>
          </FieldRow>
          <FieldRow>
            <NumberField
              label="Dollars for a euro"
              hint="By which euro budgets are counted."
              step="any"
              min={0.1}
              max={10}
              required
              value={value.usd_per_eur}
              onChange={(usd_per_eur) => set({ usd_per_eur })}
            />
            <NumberField
              label="Platform fee"
              aside="percent"
              hint="Put on what providers charge, in receipts and statements."
              step="any"
              min={0}
              max={100}
              required
              value={value.platform_fee_percent}
              onChange={(platform_fee_percent) => set({ platform_fee_percent })}
            />
          </FieldRow>
        </>
      )}
    </OrganizationForm>
  );
}
