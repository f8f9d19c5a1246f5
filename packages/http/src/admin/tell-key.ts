import type { EventType, KeyRecord } from '@sluice/contract';
import type { Admin, AdminPorts } from './ports.ts';
import { renderTime } from './render-key.ts';

type KeyEvent = Extract<EventType, `key.${string}`>;

/** Tells of what an administrator did to a key. The change stands, whether or not it could be told. */
export async function tellKey(
  ports: Pick<AdminPorts, 'events' | 'clock'>,
  admin: Admin,
  type: KeyEvent,
  key: KeyRecord,
): Promise<void> {
  const event = {
    type,
    organization_id: key.organization_id,
    occurred_at_ms: ports.clock.now_ms(),
    once: `${key.key_id}/${key.version}`,
    data: {
      key_id: key.key_id,
      name: key.name,
      environment: key.environment,
      actor: `admin:${admin.id}`,
      ...(type === 'key.rotated'
        ? { previous_secret_expires_at: renderTime(key.previous_expires_at_ms) }
        : {}),
    },
  };
  try {
    await ports.events.emit([event]);
  } catch (error) {
    console.error(
      JSON.stringify({ event: 'event_not_sent', type, key_id: key.key_id, error: String(error) }),
    );
  }
}
