import type { Exporter } from '@sluice/client';
import { FormDialog } from '../../ui/dialog.tsx';
import { Check, Field, FieldGroup, FieldRow, Input, Select } from '../../ui/field.tsx';
import { NumberField } from '../../ui/number-field.tsx';
import { RegionField } from '../../ui/region-field.tsx';
import { toast } from '../../ui/toast.tsx';
import { useDraft } from '../../ui/use-draft.ts';
import { type Header, HeadersInput, readHeaders } from './headers-input.tsx';
import { type ExporterFields, useExporterChanges } from './settings-queries.ts';

interface Preset {
  label: string;
  endpoint: string;
  headers: readonly string[];
  signals: Exporter['signals'];
  private_allowed?: boolean;
}

/** As docs/telemetry.md lists them. */
const PRESETS: Readonly<Record<string, Preset>> = {
  langfuse: {
    label: 'Langfuse',
    endpoint: 'https://cloud.langfuse.com/api/public/otel',
    headers: ['authorization'],
    signals: ['traces'],
  },
  grafana: {
    label: 'Grafana Cloud',
    endpoint: 'https://otlp-gateway-ZONE.grafana.net/otlp',
    headers: ['authorization'],
    signals: ['traces', 'metrics'],
  },
  honeycomb: {
    label: 'Honeycomb',
    endpoint: 'https://api.honeycomb.io',
    headers: ['x-honeycomb-team', 'x-honeycomb-dataset'],
    signals: ['traces', 'metrics'],
  },
  collector: {
    label: 'A collector of yours',
    endpoint: 'http://collector:4318',
    headers: [],
    signals: ['traces', 'metrics'],
    private_allowed: true,
  },
};

interface ExporterFormProps {
  /** The one to change; `null` = a new one. */
  exporter: Exporter | null;
  open: boolean;
  onClose: () => void;
}

const draftOf = (exporter: Exporter | null) => ({
  name: exporter?.name ?? '',
  endpoint: exporter?.endpoint ?? '',
  protocol: exporter?.protocol ?? ('http/protobuf' as Exporter['protocol']),
  signals: exporter?.signals ?? (['traces', 'metrics'] as Exporter['signals']),
  percent: (exporter === null ? 100 : Math.round(exporter.sample_ratio * 1e6) / 1e4) as number | null,
  capture_content: exporter?.capture_content ?? false,
  private_allowed: exporter?.private_allowed ?? false,
  region: exporter?.region ?? null,
  headers: [] as readonly Header[],
  /** Of one that is stored: its headers stay unless this says otherwise. */
  replaces_headers: exporter === null,
});

/** Where OpenTelemetry goes, what of it, and with which headers. */
export function ExporterForm({ exporter, open, onClose }: ExporterFormProps) {
  const changes = useExporterChanges();
  const [draft, set] = useDraft(open, () => draftOf(exporter));
  const has_moved = exporter !== null && draft.endpoint.trim() !== exporter.endpoint;
  const gives_headers = draft.replaces_headers || has_moved;

  const save = async () => {
    const fields: ExporterFields = {
      ...(draft.name.trim() === '' ? {} : { name: draft.name.trim() }),
      ...(exporter === null || has_moved ? { endpoint: draft.endpoint.trim() } : {}),
      ...(gives_headers ? { headers: readHeaders(draft.headers) } : {}),
      protocol: draft.protocol,
      signals: draft.signals,
      sample_ratio: (draft.percent ?? 100) / 100,
      capture_content: draft.capture_content,
      private_allowed: draft.private_allowed,
      region: draft.region,
    };
    if (exporter === null) await changes.create({ ...fields, endpoint: draft.endpoint.trim() });
    else await changes.change(exporter, fields);
    toast('Receiver saved', { description: 'Send it a test to see that it takes what it gets.' });
  };
  const choose = (name: string) => {
    const preset = PRESETS[name];
    if (preset === undefined) return;
    const { label, endpoint, headers, signals, private_allowed = false } = preset;
    set({
      name: label,
      endpoint,
      signals,
      private_allowed,
      headers: headers.map((header) => ({ name: header, value: '' })),
    });
  };

  return (
    <FormDialog
      shape="side"
      open={open}
      onOpenChange={(is_open) => !is_open && onClose()}
      title={exporter === null ? 'New receiver' : `Edit ${exporter.name}`}
      about="Any OTLP receiver. Headers are stored sealed; only their names are ever shown."
      submit={exporter === null ? 'Add receiver' : 'Save'}
      disabled={draft.signals.length === 0}
      onSubmit={save}
    >
      {exporter === null && (
        <Field label="Begin with" aside="optional">
          <Select
            defaultValue=""
            placeholder="An empty form"
            options={Object.entries(PRESETS).map(([value, { label }]) => ({ value, label }))}
            onChange={({ target }) => choose(target.value)}
          />
        </Field>
      )}
      <Field label="Endpoint" hint="The base URL: /v1/traces and /v1/metrics are put behind it.">
        <Input
          required
          type="url"
          maxLength={2_000}
          placeholder="https://otlp.example.com"
          value={draft.endpoint}
          onChange={({ target }) => set({ endpoint: target.value })}
        />
      </Field>
      <FieldRow>
        <Field label="Name" aside={exporter === null ? 'optional' : undefined}>
          <Input
            maxLength={100}
            required={exporter !== null}
            placeholder="as its endpoint"
            value={draft.name}
            onChange={({ target }) => set({ name: target.value })}
          />
        </Field>
        <Field label="Encoding">
          <Select
            value={draft.protocol}
            options={[
              { value: 'http/protobuf', label: 'Protobuf' },
              { value: 'http/json', label: 'JSON' },
            ]}
            onChange={({ target }) => set({ protocol: target.value as Exporter['protocol'] })}
          />
        </Field>
      </FieldRow>
      <FieldGroup title="Headers">
        {exporter !== null && (
          <Check
            label="Give the headers anew"
            hint={
              has_moved
                ? 'Needed with a new endpoint: no stored credential goes to another place.'
                : exporter.header_names.length === 0
                  ? 'It has none.'
                  : `It has ${exporter.header_names.join(', ')}.`
            }
            checked={gives_headers}
            disabled={has_moved}
            onChange={({ target }) => set({ replaces_headers: target.checked })}
          />
        )}
        {gives_headers && <HeadersInput headers={draft.headers} onChange={(headers) => set({ headers })} />}
      </FieldGroup>
      <FieldGroup title="What is sent">
        {(['traces', 'metrics'] as const).map((signal) => (
          <Check
            key={signal}
            label={signal === 'traces' ? 'Traces' : 'Metrics'}
            checked={draft.signals.includes(signal)}
            onChange={({ target }) =>
              set({
                signals: target.checked
                  ? [...draft.signals, signal]
                  : draft.signals.filter((one) => one !== signal),
              })
            }
          />
        ))}
        <Check
          label="Prompts and answers, too"
          hint="As far as the organization keeps them."
          checked={draft.capture_content}
          onChange={({ target }) => set({ capture_content: target.checked })}
        />
      </FieldGroup>
      <NumberField
        label="Share of traces"
        aside="percent"
        hint="Metrics count all requests."
        step="any"
        min={0}
        max={100}
        required
        value={draft.percent}
        onChange={(percent) => set({ percent })}
      />
      <RegionField value={draft.region} onChange={(region) => set({ region })} />
      <Check
        label="It may be inside a private network"
        hint="http and any port, too; only where the deployment allows it (SLUICE_PRIVATE_UPSTREAMS)."
        checked={draft.private_allowed}
        onChange={({ target }) => set({ private_allowed: target.checked })}
      />
    </FormDialog>
  );
}
