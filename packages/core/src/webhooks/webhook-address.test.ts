import { expect, test } from 'vitest';
import { shownUrl, webhookProblem, webhookUrlProblem } from './webhook-address.ts';

const INSIDE = [
  // IPv4, however it is spelled
  'https://127.0.0.1/',
  'https://127.1/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0x7f.1/',
  'https://0177.0.0.1/',
  'https://017700000001/',
  'https://127.0.0.1./',
  'https://0/',
  'https://0.0.0.0/',
  'https://10.0.0.1/',
  'https://172.16.0.1/',
  'https://172.31.255.255/',
  'https://192.168.1.1/',
  'https://100.64.0.1/',
  'https://198.18.0.1/',
  'https://192.0.2.1/',
  'https://224.0.0.1/',
  'https://240.0.0.1/',
  'https://255.255.255.255/',
  'https://%31%32%37.0.0.1/',
  'https://１２７.０.０.１/',
  'https://①②⑦.0.0.1/',
  'https://127。0。0。1/',
  // IPv6, and IPv4 inside of it
  'https://[::1]/',
  'https://[::]/',
  'https://[0:0:0:0:0:0:0:1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:7f00:1]/',
  'https://[::ffff:10.0.0.1]/',
  'https://[::127.0.0.1]/',
  'https://[::ffff:0:127.0.0.1]/',
  'https://[64:ff9b::127.0.0.1]/',
  'https://[64:ff9b::a00:1]/',
  'https://[64:ff9b:1::127.0.0.1]/',
  'https://[2002:7f00:1::]/',
  'https://[2002:a00:1::]/',
  'https://[2001:0:7f00:1::]/',
  'https://[fc00::1]/',
  'https://[fd12:3456::1]/',
  'https://[fe80::1]/',
  'https://[ff02::1]/',
  'https://[2001:db8::1]/',
  // what hands out credentials
  'https://169.254.169.254/latest/meta-data/',
  'https://0xa9fea9fe/',
  'https://[::ffff:169.254.169.254]/',
  'https://[fd00:ec2::254]/',
  'https://168.63.129.16/',
  'https://100.100.100.200/',
  'https://metadata.google.internal/',
  'https://METADATA.google.INTERNAL./',
  'https://metadata/',
  // names that only answer inside
  'https://localhost/',
  'https://LOCALHOST./',
  'https://app.localhost/',
  'https://ｌｏｃａｌｈｏｓｔ/',
  'https://db.internal/',
  'https://printer.local/',
  'https://router.lan/',
  'https://nas.home.arpa/',
  'https://intranet/',
  'https://redis/',
  'https://127.0.0.1.nip.io/',
  'https://localtest.me/',
  // schemes, ports, user names, fragments
  'http://receiver.example/',
  'ftp://receiver.example/',
  'file:///etc/hosts',
  'gopher://receiver.example/',
  'data:text/plain,x',
  'javascript:alert(1)',
  '//receiver.example/',
  'receiver.example',
  '',
  'https://receiver.example:22/',
  'https://receiver.example:80/',
  'https://receiver.example:6379/',
  'https://receiver.example:8080/',
  'https://user@receiver.example/',
  'https://user:password@receiver.example/',
  'https://receiver.example@127.0.0.1/',
  'https://127.0.0.1#@receiver.example/',
  'https://receiver.example/#fragment',
];

test('the list has sixty addresses and more', () => {
  expect(new Set(INSIDE).size).toBe(INSIDE.length);
  expect(INSIDE.length).toBeGreaterThanOrEqual(60);
});

test.each(INSIDE)('%s is refused, when it is saved and before each call', async (url) => {
  expect(webhookUrlProblem(url, false)).not.toBeNull();
  expect(await webhookProblem(url, false, async () => ['93.184.216.34'])).not.toBeNull();
});

test.each([
  'https://receiver.example/in',
  'https://receiver.example:443/in',
  'https://receiver.example:8443/in?sig=a%2Fb',
  'https://93.184.216.34/in',
  'https://[2606:2800:220:1:248:1893:25c8:1946]/in',
])('%s is not', async (url) => {
  expect(await webhookProblem(url, false, async () => ['93.184.216.34'])).toBeNull();
});

test('a name that led outside when it was saved is refused when it leads inside at send', async () => {
  let addresses = ['93.184.216.34'];
  const judge = () => webhookProblem('https://rebinding.example/', false, async () => addresses);
  expect(await judge()).toBeNull();
  for (const inside of [
    '127.0.0.1',
    '10.1.2.3',
    '169.254.169.254',
    '::1',
    'fd00::1',
    '::ffff:10.0.0.1',
    'nonsense',
  ]) {
    addresses = ['93.184.216.34', inside];
    expect(await judge(), inside).not.toBeNull();
  }
  addresses = [];
  expect(await judge()).toBe('its host name has no address');
  const silent = await webhookProblem('https://rebinding.example/', false, async () => {
    throw new Error('SERVFAIL');
  });
  expect(silent).toBe('its host name could not be looked up');
});

test('who opened private networks reaches them, and still nothing that hands out credentials', () => {
  expect(webhookUrlProblem('http://10.0.0.1:9000/in', true)).toBeNull();
  expect(webhookUrlProblem('http://169.254.169.254/', true)).not.toBeNull();
  expect(webhookUrlProblem('http://metadata.google.internal/', true)).not.toBeNull();
});

test('a query and the path of a chat service are not shown', () => {
  expect(shownUrl('https://a.example/in', 'standard')).toBe('https://a.example/in');
  expect(shownUrl('https://a.example/in?token=secret', 'standard')).toBe('https://a.example/in?…');
  for (const format of ['slack', 'discord', 'teams'] as const)
    expect(shownUrl('https://a.example/in/secret?sig=secret', format)).toBe('https://a.example/…');
});
