import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import {
  type ChainPlace,
  createReceiptSigner,
  type ReceiptSigner,
} from '../../cloudflare/src/crypto/receipt-signer.ts';
import { verifyReceipts } from './verify-receipts.js';

const signer = createReceiptSigner({ SLUICE_RECEIPT_KEYS: `test:${'A'.repeat(43)}` });
if (signer === null) throw new Error('a key was given');
const RECEIPT = {
  request_id: 'req_1',
  timestamp: '2026-11-21T10:00:00.000Z',
  cost: { total_usd: 0.000123, savings_vs_default_usd: null },
  fallback: { used: false, attempts: [{ model: 'gpt-4o-mini', status: 200, latency_ms: 1e-7 }] },
  note: 'Grüße \u2028 😀',
};

async function sign(count: number): Promise<Record<string, unknown>[]> {
  const receipts = [];
  let previous_hash: string | null = null;
  for (let sequence = 1; sequence <= count; sequence++) {
    const chain: ChainPlace = { key_id: 'keyA', sequence, previous_hash };
    const signed: Awaited<ReturnType<ReceiptSigner['sign']>> | undefined = await signer?.sign(
      { ...RECEIPT, request_id: `req_${sequence}` },
      chain,
    );
    if (signed === undefined) throw new Error('no key');
    previous_hash = signed.hash;
    receipts.push(signed.receipt);
  }
  return receipts;
}

const keys = await signer.publicKeys();

function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'sluice-receipts-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

const run = (...args: string[]) =>
  spawnSync(process.execPath, [path.resolve(import.meta.dirname, 'main.js'), ...args], {
    encoding: 'utf8',
    cwd: tmpdir(),
  });

it('a receipt verifies wherever it lies, in whatever order its members are', async () => {
  const [receipt] = await sign(1);
  const here = folder();
  const there = path.join(here, 'elsewhere', 'deep');
  mkdirSync(there, { recursive: true });
  const turned = Object.fromEntries(Object.entries(receipt ?? {}).reverse());
  writeFileSync(path.join(here, 'receipt.json'), JSON.stringify(turned, null, 4));
  copyFileSync(path.join(here, 'receipt.json'), path.join(there, 'moved.json'));
  writeFileSync(path.join(there, 'keys.json'), JSON.stringify(keys));
  const told = run(path.join(there, 'moved.json'), '--keys', path.join(there, 'keys.json'));
  expect(told.stderr).toBe('');
  expect(told.stdout).toContain('1 of 1 receipts verified');
  expect(told.status).toBe(0);
});

it('no byte of a receipt can be another one', async () => {
  const [receipt] = await sign(1);
  const text = Buffer.from(JSON.stringify(receipt), 'utf8');
  const passed: string[] = [];
  for (let at = 0; at < text.length; at++)
    for (const bit of [1, 2, 16]) {
      const flipped = Buffer.from(text);
      flipped[at] = (flipped[at] ?? 0) ^ bit;
      let parsed: unknown;
      try {
        parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(flipped));
      } catch {
        continue;
      }
      const { findings, problems } = verifyReceipts([parsed], keys);
      if (findings.every((finding) => finding.problems.length === 0) && problems.length === 0)
        passed.push(`byte ${at}, bit ${bit}: ${flipped.subarray(Math.max(0, at - 20), at + 20)}`);
    }
  expect(passed).toEqual([]);
});

it('says which receipt of an export is missing, changed or of an unknown key, and exits accordingly', async () => {
  const here = folder();
  const chain = await sign(5);
  const file = (name: string, value: unknown) => {
    writeFileSync(path.join(here, name), JSON.stringify(value));
    return path.join(here, name);
  };
  const list = file('keys.json', keys);
  const whole = run(file('whole.json', { data: chain, next_after: null }), '--keys', list);
  expect([whole.status, whole.stdout]).toEqual([0, expect.stringContaining('key keyA: receipts 1 to 5')]);
  const gap = run(file('gap.json', chain.toSpliced(1, 2)), '--keys', list);
  expect([gap.status, gap.stderr]).toEqual([1, expect.stringContaining('receipts 2 to 3 are missing')]);
  const changed = run(file('changed.json', chain.with(3, { ...chain[3], cost: {} })), '--keys', list);
  expect([changed.status, changed.stderr]).toEqual([
    1,
    expect.stringContaining('req_4: Its signature does not match'),
  ]);
  const { publicKey } = generateKeyPairSync('ed25519');
  const other = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'other' }] };
  const unknown = run(file('whole.json', chain), '--keys', file('other.json', other));
  expect([unknown.status, unknown.stderr]).toEqual([1, expect.stringContaining('There is no key "test"')]);
  const same_name = { keys: [{ ...other.keys[0], kid: 'test' }] };
  expect(run(file('whole.json', chain), '--keys', file('other.json', same_name)).status).toBe(1);
  expect(run(path.join(here, 'nothing.json'), '--keys', list).status).toBe(2);
});
