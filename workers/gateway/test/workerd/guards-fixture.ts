import type { GuardPolicy } from '@sluice/contract';
import { onTestFinished } from 'vitest';
import { realEnv } from './gateway-fixture.ts';

/** The organization's guards for the time of one test. */
export async function withGuards(guards: GuardPolicy[]): Promise<void> {
  const write = (settings: string) =>
    realEnv.DB.prepare(
      `INSERT INTO organizations (id, name, settings, created_at_ms, updated_at_ms) VALUES ('org_default', 'Default', ?1, 0, 0)
       ON CONFLICT (id) DO UPDATE SET settings = ?1, config_version = config_version + 1`,
    )
      .bind(settings)
      .run();
  const before = await realEnv.DB.prepare(
    "SELECT settings FROM organizations WHERE id = 'org_default'",
  ).first<{
    settings: string;
  }>();
  const settings = JSON.parse(before?.settings ?? '{}') as Record<string, unknown>;
  await write(JSON.stringify({ ...settings, guards, retain_content: true }));
  onTestFinished(async () => void (await write(before?.settings ?? '{}')));
}
