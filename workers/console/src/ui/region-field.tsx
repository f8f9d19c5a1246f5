import { Field, Select } from './field.tsx';

export type Region = 'eu' | 'us';

interface RegionFieldProps {
  /** `null` = nobody said. */
  value: Region | null;
  onChange: (region: Region | null) => void;
}

/** Where somebody is who gets data of the organization: where a residency holds, nothing is sent out of it. */
export function RegionField({ value, onChange }: RegionFieldProps) {
  return (
    <Field label="Where it is" hint="Needed where your organization keeps its data in one place.">
      <Select
        placeholder="Not said"
        options={[
          { value: 'eu', label: 'European Union' },
          { value: 'us', label: 'United States' },
        ]}
        value={value ?? ''}
        onChange={({ target }) => onChange(target.value === '' ? null : (target.value as Region))}
      />
    </Field>
  );
}
