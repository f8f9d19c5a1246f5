import type { Timeouts } from '@sluice/contract';

/** A member of `SLUICE_UPSTREAMS`. */
export interface Upstream {
  id?: string;
  provider: string;
  name?: string;
  base_url?: string;
  credential?: string;
  region?: string | null;
  settings?: Record<string, string>;
  models?: string[] | null;
  weight?: number;
  enabled?: boolean;
  timeouts?: Partial<Timeouts>;
}

/** What a value should be, told where it is not. */
type Check = (value: unknown) => string | null;

const text =
  (min: number, max: number): Check =>
  (value) =>
    typeof value === 'string' && value.length >= min && value.length <= max
      ? null
      : `must be text of ${min} to ${max} characters`;

const orNull =
  (check: Check): Check =>
  (value) =>
    value === null ? null : check(value);

const milliseconds: Check = (value) =>
  Number.isSafeInteger(value) && Number(value) > 0 ? null : 'must be a whole number above 0';

const MEMBERS: Record<keyof Upstream, Check> = {
  id: text(1, 64),
  provider: text(1, 64),
  name: text(1, 100),
  base_url: (value) =>
    typeof value === 'string' && /^https?:\/\/./.test(value) && URL.canParse(value)
      ? null
      : 'must be an http or https URL',
  credential: text(0, 20_000),
  region: orNull(text(1, 64)),
  settings: (value) =>
    isObject(value) && Object.values(value).every((one) => text(0, 1_000)(one) === null)
      ? null
      : 'must be an object of texts',
  models: orNull((value) =>
    Array.isArray(value) && value.every((one) => text(1, 200)(one) === null)
      ? null
      : 'must be a list of model names',
  ),
  weight: (value) =>
    typeof value === 'number' && value >= 0 && value <= 1_000 ? null : 'must be a number from 0 to 1000',
  enabled: (value) => (typeof value === 'boolean' ? null : 'must be true or false'),
  timeouts: (value) => (isObject(value) ? findFault(value, TIMEOUTS, '') : 'must be an object'),
};

const TIMEOUTS: Record<keyof Timeouts, Check> = {
  first_byte_ms: milliseconds,
  idle_ms: milliseconds,
  total_ms: milliseconds,
};

/**
 * By hand, as the first request of an isolate waits for it, and loading a schema library takes twelve milliseconds.
 * @throws Error that names the member and what it must be, never a value: some are credentials.
 */
export function parseUpstreams(json: string): Upstream[] {
  let body: unknown;
  try {
    body = JSON.parse(json);
  } catch {
    throw new Error('SLUICE_UPSTREAMS is not JSON.');
  }
  if (!Array.isArray(body)) throw new Error('SLUICE_UPSTREAMS must be a list.');
  for (const [at, one] of body.entries()) {
    const fault = !isObject(one)
      ? `${at} must be an object`
      : one.provider === undefined
        ? `${at}.provider is missing`
        : findFault(one, MEMBERS, `${at}.`);
    if (fault !== null) throw new Error(`SLUICE_UPSTREAMS: ${fault}`);
  }
  return body as Upstream[];
}

function findFault(value: object, members: Record<string, Check>, path: string): string | null {
  for (const [name, member] of Object.entries(value)) {
    const check = Object.hasOwn(members, name) ? members[name] : undefined;
    if (check === undefined) return `${path}${name.slice(0, 40)} is not known`;
    const fault = check(member);
    if (fault !== null) return `${path}${name} ${fault}`;
  }
  return null;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
