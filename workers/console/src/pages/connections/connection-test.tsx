import type { ConnectionTest } from '@sluice/client';
import { formatDuration, formatName } from '../../ui/format.ts';
import { Notice } from '../../ui/notice.tsx';

/** What a test call came to, in the provider's own words where it refused. */
export function TestResult({ result }: { result: ConnectionTest }) {
  const { ok, status, latency_ms, model, error } = result;
  const facts = [model, status === null ? 'no answer' : `status ${status}`, formatDuration(latency_ms)]
    .filter((fact) => fact !== null)
    .join(' · ');
  return (
    <div aria-live="polite">
      {ok ? (
        <Notice tone="good" title="It answers">
          {facts}
        </Notice>
      ) : (
        <Notice tone="bad" title={error === null ? 'It does not answer' : formatName(error.kind)}>
          {error !== null && <div>{error.message}</div>}
          <div>{facts}</div>
        </Notice>
      )}
    </div>
  );
}
