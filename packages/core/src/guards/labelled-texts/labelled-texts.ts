import { PII_TYPES, type PiiType } from '@sluice/contract';
import { createRandom } from './random.ts';
import { hardNegative, VALUES } from './values.ts';

export interface LabelledText {
  text: string;
  values: { type: PiiType; value: string }[];
}

const TEMPLATES: Readonly<Record<PiiType, readonly string[]>> = {
  email: [
    'Please write to {} by Friday.',
    'Contact: {}',
    '{"customer":{"mail":"{}","plan":"pro"}}',
    'From: Somebody <{}>',
    'My address is {}, thanks!',
    'mailto:{}?subject=hi',
    'INFO login user={} ok=true',
    '({})',
    'Schreiben Sie an {}.',
    '- {}\n- next item',
  ],
  phone: [
    'Call me at {} tomorrow.',
    'phone: {}',
    '{"phone": "{}"}',
    'My number is {}, after five.',
    'Tel. {}',
    'You can reach us on {}.',
    'WhatsApp {} please',
    'Rufen Sie {} an.',
    'Customer ({}) complained.',
  ],
  ssn: [
    'My SSN is {}.',
    'SSN: {}',
    '{"ssn":"{}"}',
    'Social security number {} on file.',
    'He gave {} as his number.',
  ],
  credit_card: [
    'Charge {} please.',
    'card={}',
    '{"number":"{}","cvc":"000"}',
    'My Visa is {}, expires 12/29.',
    'Paid with {}.',
    'Kartennummer {}',
  ],
  iban: [
    'Transfer it to {}.',
    'IBAN: {}',
    '{"iban":"{}"}',
    'Mein Konto {}, danke.',
    'Account {} at the bank',
  ],
  api_key: [
    'export OPENAI_API_KEY={}',
    'Authorization: Bearer {}',
    '{"token":"{}"}',
    "const key = '{}';",
    'Why does {} not work?',
    'I use the key {}.',
  ],
  ip_address: [
    'Connection from {} refused.',
    'host={} port=22',
    '{"client_ip":"{}"}',
    'ping {}',
    'The server {} is down.',
    '{} - - "GET / HTTP/1.1" 200',
  ],
};

const PLAIN = [
  'The meeting is about {} and nothing else.',
  'See {} for details.',
  '{"ref":"{}"}',
  'Look at {}.',
  'log: {} done',
  'We compared {} with the older one.',
];

/** So many sentences with one value of each type, and as many with none as with all of one type, times three. */
export function labelledTexts(seed: number, per_type: number): LabelledText[] {
  const random = createRandom(seed);
  const texts: LabelledText[] = [];
  for (const type of PII_TYPES)
    for (let i = 0; i < per_type; i++) {
      const value = VALUES[type](random);
      const noise =
        random.below(3) === 0 ? ` ${random.pick(PLAIN).replace('{}', () => hardNegative(random))}` : '';
      texts.push({
        text: random.pick(TEMPLATES[type]).replace('{}', () => value) + noise,
        values: [{ type, value }],
      });
    }
  for (let i = 0; i < per_type * 3; i++)
    texts.push({ text: random.pick(PLAIN).replace('{}', () => hardNegative(random)), values: [] });
  return texts;
}
