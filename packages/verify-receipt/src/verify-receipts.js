import { createHash, createPublicKey, verify } from 'node:crypto';
import canonicalize from 'canonicalize';

/**
 * What was found of one receipt.
 * @typedef {{request_id: string, key_id: string | null, sequence: number | null, problems: string[]}} Finding
 */

/**
 * Verifies receipts of any number of keys: each by itself, and those of one key as a chain. A chain may begin and
 * end anywhere, but must have no hole in between.
 * @param {unknown[]} receipts in any order
 * @param {{keys: {kid?: string, crv?: string, x?: string}[]}} keys the published key list (JWKS)
 * @returns {{findings: Finding[], chains: {key_id: string, from: number, to: number}[], problems: string[]}}
 *   `problems` are of chains; all lists of problems empty = all is well.
 */
export function verifyReceipts(receipts, keys) {
  const findings = [];
  const problems = [];
  /** @type {Map<string, Map<number, {hash: string, previous: unknown, request_id: string}>>} */
  const links = new Map();
  for (const receipt of receipts) {
    const { finding, link } = verifyOne(receipt, keys);
    findings.push(finding);
    if (link === null) continue;
    const chain = links.get(link.key_id) ?? new Map();
    links.set(link.key_id, chain);
    const other = chain.get(link.sequence);
    if (other !== undefined && other.hash !== link.hash)
      problems.push(
        `key ${link.key_id}: ${other.request_id} and ${link.request_id} both claim place ${link.sequence}. One of them was put in later.`,
      );
    chain.set(link.sequence, link);
  }
  const chains = [];
  for (const [key_id, chain] of links) {
    const places = [...chain.keys()].sort((a, b) => a - b);
    for (const [at, place] of places.entries()) {
      const before = places[at - 1];
      const link = chain.get(place);
      if (link === undefined || before === undefined) continue;
      if (before !== place - 1)
        problems.push(
          `key ${key_id}: ${missing(before + 1, place - 1)} between ${chain.get(before)?.request_id} and ${link.request_id}.`,
        );
      else if (chain.get(before)?.hash !== link.previous)
        problems.push(
          `key ${key_id}: ${link.request_id} (place ${place}) does not follow ${chain.get(before)?.request_id} (place ${before}). One of them was replaced.`,
        );
    }
    chains.push({ key_id, from: places[0] ?? 0, to: places.at(-1) ?? 0 });
  }
  return { findings, chains, problems };
}

const missing = (from, to) =>
  from === to ? `receipt ${from} is missing` : `receipts ${from} to ${to} are missing`;

const HASH = /^[A-Za-z0-9_-]{43}$/;
const SIGNATURE = /^[A-Za-z0-9_-]{86}$/;

function verifyOne(receipt, keys) {
  const finding = {
    request_id: String(receipt?.request_id ?? '(no id)'),
    key_id: null,
    sequence: null,
    problems: [],
  };
  const fail = (problem) => {
    finding.problems.push(problem);
    return { finding, link: null };
  };
  const signature = receipt?.signature;
  if (signature === null || typeof signature !== 'object')
    return fail(
      'It is not signed. Read it again at /v1/receipts/{id}; the gateway may have had no signing key.',
    );
  const { value, ...signed } = signature;
  if (signed.alg !== 'Ed25519')
    return fail(`It is signed by ${JSON.stringify(signed.alg)}, and not by Ed25519.`);
  // Other spellings of the same bytes would verify too: one receipt has one text.
  if (
    typeof value !== 'string' ||
    !SIGNATURE.test(value) ||
    Buffer.from(value, 'base64url').toString('base64url') !== value
  )
    return fail('Its signature is not 64 bytes in base64url. It was changed after it was signed.');
  const jwk = keys.keys.find((key) => key.kid === signed.kid && key.crv === 'Ed25519');
  if (jwk === undefined)
    return fail(
      `There is no key ${JSON.stringify(signed.kid)} in the key list. Fetch /.well-known/sluice-receipt-keys.json of the gateway that made it.`,
    );
  const text = canonicalize({ ...receipt, signature: signed });
  if (text === undefined) return fail('It cannot be written as canonical JSON.');
  const bytes = Buffer.from(text, 'utf8');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: String(jwk.x) }, format: 'jwk' });
  if (!verify(null, bytes, key, Buffer.from(value, 'base64url')))
    return fail('Its signature does not match what it says. It was changed after it was signed.');
  const { chain } = signed;
  if (chain === null) return { finding, link: null };
  const { key_id, sequence, previous_hash } = chain ?? {};
  if (typeof key_id !== 'string' || !Number.isSafeInteger(sequence) || sequence < 1)
    return fail('Its place in the chain cannot be read.');
  if (sequence === 1 ? previous_hash !== null : !HASH.test(String(previous_hash)))
    return fail('What it follows in the chain cannot be read.');
  finding.key_id = key_id;
  finding.sequence = sequence;
  const hash = createHash('sha256').update(bytes).digest('base64url');
  return {
    finding,
    link: { key_id, sequence, hash, previous: previous_hash, request_id: finding.request_id },
  };
}
