import { GatewayError } from '@sluice/contract';
import { type BadKeyGuard, createBadKeyGuard } from '@sluice/core/bad-key-guard';
import type { SignInRefused } from './find-admin.ts';
import { newId } from './new-id.ts';
import type { AdminPorts } from './ports.ts';

/** Wrong keys that one address may show at once, and each minute after that. */
const WRONG_KEYS = { burst: 20, per_minute: 6 };
/** Refusals that are written down in a window, of one address and of all: who has no key must not fill the log. */
const WRITTEN = { of_one: 5, of_all: 100, window_ms: 600_000 };

/**
 * What becomes of a refused sign-in: it counts against its address, never against the key that it names, so that
 * nobody can lock out somebody else; and whoever shows a good key comes in, from any address.
 * @returns what to answer, the same for every reason.
 */
export function createSignInRefusals(
  ports: AdminPorts,
): (
  refused: SignInRefused,
  asked: { client_ip: string | null; request_id: string },
) => Promise<GatewayError> {
  const guard: BadKeyGuard = ports.bad_sign_ins ?? createBadKeyGuard(ports.clock, WRONG_KEYS);
  let window = { ends_ms: 0, written: 0, of: new Map<string, number>() };

  function mayWrite(address: string): boolean {
    const now_ms = ports.clock.now_ms();
    if (now_ms >= window.ends_ms) window = { ends_ms: now_ms + WRITTEN.window_ms, written: 0, of: new Map() };
    const written = window.of.get(address) ?? 0;
    if (written >= WRITTEN.of_one || window.written >= WRITTEN.of_all) return false;
    window.of.set(address, written + 1);
    window.written++;
    return true;
  }

  return async (refused, { client_ip, request_id }) => {
    console.warn(
      JSON.stringify({ event: 'admin_sign_in_refused', request_id, client_ip, reason: refused.reason }),
    );
    // Nothing was tried: a page that asks whether somebody is signed in.
    if (refused.reason === 'no_credential' || refused.reason === 'session_over') return refused;
    const wait_ms = guard.failed(client_ip);
    if (mayWrite(client_ip ?? '')) await write(ports, refused, client_ip, request_id);
    if (wait_ms === 0) return refused;
    return new GatewayError(
      'rate_limit_exceeded',
      'Too many sign-ins of this address were refused. Wait, then try again with a valid key.',
      { retry_after_ms: wait_ms },
    );
  };
}

/** Into the log of whose key was tried, else into that of the deployment. */
async function write(
  ports: AdminPorts,
  refused: SignInRefused,
  client_ip: string | null,
  request_id: string,
): Promise<void> {
  try {
    const organization_id = refused.organization_id ?? (await ports.admins())[0]?.organization_id;
    if (organization_id === undefined) return;
    await ports.audit.add(organization_id, {
      id: newId(ports, 'evt'),
      at_ms: ports.clock.now_ms(),
      actor: `address:${client_ip ?? 'unknown'}`,
      action: 'session.refused',
      target_type: 'session',
      target_id: refused.key_id ?? '',
      before: null,
      after: { reason: refused.reason, request_id },
    });
    await ports.audit.seal(organization_id);
  } catch {
    console.error(JSON.stringify({ event: 'refused_sign_in_not_written', request_id }));
  }
}
