import type { PiiType } from '@sluice/contract';
import type { Random } from './random.ts';

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const ALNUM = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const NAMES = [
  'maria',
  'john',
  'li.wei',
  'o.brien',
  "d'arcy",
  'j-p',
  'ana_maria',
  'x',
  'müller',
  'søren',
  'иван',
];
const HOSTS = [
  'example.com',
  'mail.example.co.uk',
  'firma.de',
  'uni-bonn.de',
  'a1.io',
  'sub.domain.example.org',
  'münchen.de',
];

function email(random: Random): string {
  const local =
    random.pick(NAMES) +
    random.pick(['', '', `.${random.text(LOWER, 6)}`, `${random.below(99)}`, '+news', '_x']);
  const one = `${local}@${random.pick(HOSTS)}`;
  return random.below(8) === 0 ? one.toUpperCase() : one;
}

function phone(random: Random): string {
  const d = (count: number): string => random.digits(count);
  const area = random.pick(['212', '415', '646', '303', '512', '206', '617', '702']);
  const exchange = `${2 + random.below(8)}${random.pick(['34', '67', '28', '90', '56'])}`;
  return random.pick([
    () => `+1 ${area} ${exchange} ${d(4)}`,
    () => `+1-${area}-${exchange}-${d(4)}`,
    () => `(${area}) ${exchange}-${d(4)}`,
    () => `${area}-${exchange}-${d(4)}`,
    () => `${area}.${exchange}.${d(4)}`,
    () => `+1${area}${exchange}${d(4)}`,
    () => `+44 20 7946 0${d(3)}`,
    () => `+44 7400 ${d(6)}`,
    () => `+49 30 ${1 + random.below(9)}${d(6)}`,
    () => `+49 (0)170 ${1 + random.below(9)}${d(6)}`,
    () => `+49-151-${1 + random.below(9)}${d(7)}`,
    () => `+33 6 ${d(2)} ${d(2)} ${d(2)} ${d(2)}`,
    () => `+34 6${d(2)} ${d(3)} ${d(3)}`,
    () => `+39 347 ${1 + random.below(9)}${d(6)}`,
    () => `+61 4${d(2)} ${d(3)} ${d(3)}`,
    () => `+81 90-${1 + random.below(9)}${d(3)}-${d(4)}`,
    () => `+91 98${d(3)} ${d(5)}`,
    () => `0049 170 ${1 + random.below(9)}${d(6)}`,
  ])();
}

function card(random: Random): string {
  const [prefix, length] = random.pick<[string, number]>([
    ['4', 16],
    ['4', 16],
    ['51', 16],
    ['55', 16],
    ['2221', 16],
    ['34', 15],
    ['37', 15],
    ['6011', 16],
    ['3530', 16],
    ['36', 14],
    ['62', 19],
  ]);
  const body = prefix + random.digits(length - prefix.length - 1);
  const check = [...'0123456789'].find((digit) => sumOf(body + digit) % 10 === 0) ?? '0';
  const digits = body + check;
  const style = random.below(3);
  if (style === 0) return digits;
  return (digits.match(/.{1,4}/g) ?? []).join(style === 1 ? ' ' : '-');
}

const sumOf = (digits: string): number =>
  [...digits].reverse().reduce((sum, digit, at) => {
    const value = Number(digit) * (at % 2 === 0 ? 1 : 2);
    return sum + (value > 9 ? value - 9 : value);
  }, 0);

const BANKS: readonly [string, string][] = [
  ['DE', '##################'],
  ['GB', 'AAAA##############'],
  ['FR', '##########***********##'],
  ['NL', 'AAAA##########'],
  ['ES', '####################'],
  ['IT', 'A##########************'],
  ['CH', '#####************'],
  ['NO', '###########'],
  ['MT', 'AAAA#####******************'],
];

function iban(random: Random): string {
  const [country, shape] = random.pick(BANKS);
  const upper = ALNUM.slice(0, 26);
  const body = [...shape]
    .map((one) =>
      one === '#' ? random.digits(1) : random.text(one === 'A' ? upper : `${upper}0123456789`, 1),
    )
    .join('');
  const digits = [...`${body}${country}00`].map((one) => Number.parseInt(one, 36)).join('');
  const check = String(98n - (BigInt(digits) % 97n)).padStart(2, '0');
  const value = country + check + body;
  const style = random.below(4);
  if (style === 0) return value;
  if (style === 1) return value.toLowerCase();
  return (value.match(/.{1,4}/g) ?? []).join(' ');
}

function ssn(random: Random): string {
  const area = String(1 + random.below(665)).padStart(3, '0');
  return `${area}-${String(1 + random.below(99)).padStart(2, '0')}-${String(1 + random.below(9_999)).padStart(4, '0')}`;
}

/** Made in pieces, so that no scanner of repositories takes the source for a leak. */
function apiKey(random: Random): string {
  const t = (count: number): string => `${random.digits(1)}${random.text(ALNUM, count - 1)}`;
  return random.pick([
    () => ['sk', `proj-${t(48)}`].join('-'),
    () => ['sk', `ant-api03-${t(80)}`].join('-'),
    () => ['sk', `or-v1-${t(64)}`].join('-'),
    () => ['sk', 'live', t(24)].join('_'),
    () => ['ghp', t(36)].join('_'),
    () => ['github', 'pat', t(60)].join('_'),
    () => ['glpat', t(20)].join('-'),
    () => ['xoxb', random.digits(11), random.digits(12), t(24)].join('-'),
    () => `AKIA${random.text('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16)}`,
    () => `AIza${t(35)}`,
    () => ['hf', t(34)].join('_'),
    () => ['gsk', t(52)].join('_'),
    () => ['xai', t(80)].join('-'),
    () => ['npm', t(36)].join('_'),
    () => `SG.${t(22)}.${t(43)}`,
    () => `eyJ${t(30)}.${`eyJ${t(60)}`}.${t(43)}`,
    () => ['slu', 'live', t(40)].join('_'),
  ])();
}

function ipAddress(random: Random): string {
  if (random.below(4) === 0) {
    const parts = Array.from({ length: 8 }, () => random.text('0123456789abcdef', 4).replace(/^0+(?=.)/, ''));
    return random.below(2) === 0
      ? parts.join(':')
      : `2001:db8::${random.digits(1)}${random.text('abcdef0123456789', 3)}`;
  }
  return `${1 + random.below(223)}.${random.below(256)}.${random.below(256)}.${1 + random.below(254)}`;
}

export const VALUES: Readonly<Record<PiiType, (random: Random) => string>> = {
  email,
  phone,
  ssn,
  credit_card: card,
  iban,
  api_key: apiKey,
  ip_address: ipAddress,
};

/** What looks like a value and is none. */
export function hardNegative(random: Random): string {
  const d = (count: number): string => random.digits(count);
  const hex = (count: number): string => random.text('0123456789abcdef', count);
  return random.pick([
    () => `order ${d(10)}`,
    () => `invoice INV-2026-${d(6)}`,
    () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
    () => `commit ${hex(40)}`,
    () =>
      `2026-${String(1 + random.below(12)).padStart(2, '0')}-${String(1 + random.below(28)).padStart(2, '0')}T12:${d(2)}:09.123Z`,
    () => `version ${random.below(20)}.${random.below(20)}.${random.below(20)}.${random.below(99)}`,
    () => `v${random.below(20)}.${random.below(20)}.${random.below(20)}`,
    () => `ISBN 978-3-16-${d(6)}-0`,
    () => `@${random.text(LOWER, 8)} wrote`,
    () => `@types/node@20.${random.below(20)}.${random.below(9)}`,
    () => `${random.below(90)}.${d(6)}, ${random.below(90)}.${d(6)}`,
    () => `$${random.below(999)},${d(3)}.${d(2)}`,
    () => `1.${d(3)}.${d(3)},00 EUR`,
    () => `timestamp 17${d(8)}`,
    () => `timestamp 17${d(11)}`,
    () => `scikit sk-learn and sk-something-else`,
    () => `class="sk-fading-circle-container"`,
    () => `std::vector<int>::iterator at 12:34:56`,
    () => `tracking number 1Z${random.text('ABCDEFGHJK0123456789', 16)}`,
    () => `IBAN DE00 1234 5678 9012 3456 78`,
    () => `4111 1111 1111 1112`,
    () => `case ${d(3)}-${d(4)}`,
    () => `${d(3)} + ${d(3)} = ${d(4)}`,
    () => `pages 123-456 and 789-1011`,
    () => `2024/25, 10-15 %, 3 x 4 x 5`,
    () => `rgb(12, 34, 56) #${hex(6)}`,
    () => `sha256:${hex(64)}`,
    () => `arn:aws:s3:::bucket-name/${hex(12)}`,
    () => `port 8080, pid 12345, uid 1000`,
    () => `a @ b, x@y, user@localhost`,
    () => `part no. ${d(3)}-${d(3)}-${d(4)}`,
    () => `000-12-3456`,
    () => `matrix 1 2 3 4 5 6 7 8 9 10 11 12`,
    () => `the years 1998 1999 2000 2001`,
  ])();
}
