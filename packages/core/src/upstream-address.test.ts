import type { Connection } from '@sluice/contract';
import { expect, it } from 'vitest';
import { addressProblem, connectionProblem, staysInPlace } from './upstream-address.ts';

const PUBLIC = [
  'https://api.openai.com/v1',
  'http://api.example.com:8080/v1',
  'https://my-resource.openai.azure.com/openai',
  'https://bedrock-runtime.eu-central-1.amazonaws.com',
  'https://8.8.8.8/v1',
  'https://8.8.8.8:22/v1',
  'https://[2606:4700::1111]/v1',
  'https://localhost.example.com',
  'https://internal.example.com',
  'https://mylocal.dev',
  'https://bücher.example',
  'https://gateway.ai.cloudflare.com/v1/account/name/openai',
];

/** Every spelling of an inside address that people have used to get past such a check. */
const PRIVATE = [
  'http://127.0.0.1',
  'http://127.1',
  'http://127.0.1',
  'http://0177.0.0.1',
  'http://0x7f.0.0.1',
  'http://0x7f000001',
  'http://2130706433',
  'http://017700000001',
  'http://127.0.0.1.',
  'http://127.255.255.254:11434/v1',
  'http://１２７.0.0.1',
  'http://127。0。0。1',
  'http://①②⑦.⓪.⓪.①',
  'http://%31%32%37.0.0.1',
  'http:\\\\127.0.0.1\\v1',
  'http:/127.0.0.1',
  'http://0',
  'http://0.0.0.0',
  'http://10.0.0.1',
  'http://10.255.255.255',
  'http://0xa000001',
  'http://172.16.0.1',
  'http://172.31.255.255',
  'http://192.168.1.1',
  'http://3232235777',
  'http://100.64.0.1',
  'http://192.0.0.8',
  'http://198.18.0.1',
  'http://203.0.113.5',
  'http://224.0.0.1',
  'http://240.0.0.1',
  'http://255.255.255.255',
  'http://[::]',
  'http://[::1]',
  'http://[0:0:0:0:0:0:0:1]',
  'http://[0000::1]',
  'http://[::ffff:127.0.0.1]',
  'http://[::ffff:7f00:1]',
  'http://[::ffff:10.0.0.1]',
  'http://[::127.0.0.1]',
  'http://[::ffff:0:127.0.0.1]',
  'http://[64:ff9b::127.0.0.1]',
  'http://[64:ff9b::10.0.0.1]',
  'http://[64:ff9b:1::1]',
  'http://[2002:7f00:1::]',
  'http://[2002:0a00:0001::1]',
  'http://[2001::1]',
  'http://[2001:db8::1]',
  'http://[fc00::1]',
  'http://[fd12:3456::1]',
  'http://[fec0::1]',
  'http://[ff02::1]',
  'http://[5f00::1]',
  'http://localhost',
  'http://LOCALHOST:8080',
  'http://localhost.',
  'http://ⓛocalhost',
  'http://foo.localhost',
  'http://localhost.localdomain',
  'http://printer.local',
  'http://vault.internal',
  'http://db.corp',
  'http://router.lan',
  'http://nas.home.arpa',
  'http://ollama:11434/v1',
  'http://kubernetes',
  'http://127.0.0.1.nip.io',
  'http://app.10.0.0.1.sslip.io',
  'http://localtest.me',
];

const METADATA = [
  'http://169.254.169.254',
  'http://169.254.169.254/latest/meta-data',
  'http://0xa9fea9fe',
  'http://2852039166',
  'http://0251.0376.0251.0376',
  'http://[::ffff:169.254.169.254]',
  'http://[::ffff:a9fe:a9fe]',
  'http://[64:ff9b::a9fe:a9fe]',
  'http://[2002:a9fe:a9fe::]',
  'http://[fe80::1]',
  'http://169.254.170.2',
  'http://[fd00:ec2::254]',
  'http://100.100.100.200',
  'http://168.63.129.16',
  'http://192.0.0.192',
  'http://metadata',
  'http://metadata.google.internal',
  'http://METADATA.google.internal.',
  'http://instance-data',
];

const NEVER = [
  'ftp://api.example.com',
  'file:///etc/passwd',
  'gopher://127.0.0.1',
  'javascript:1',
  'data:,x',
  'api.example.com',
  '//api.example.com',
  '',
  'https://',
  'https://user@api.example.com',
  'https://user:pass@api.example.com',
  'https://api.openai.com@127.0.0.1/v1',
  'https://api.example.com/v1?key=1',
  'https://api.example.com/v1?',
  'https://api.example.com/v1#',
  'http://[fe80::1%25eth0]',
  'http://[fe80::1%eth0]',
  'http://127.0.0.1\t@api.example.com',
  'http://1.2.3.4.5',
  'http://256.1.1.1',
  'http://exa mple.com',
];

it('lets public addresses through, whatever their port', () => {
  for (const url of PUBLIC) expect([url, addressProblem(url, false)]).toEqual([url, null]);
});

it('refuses inside addresses in every spelling, and takes them where the owner opted in', () => {
  for (const url of PRIVATE) {
    expect([url, addressProblem(url, false)]).toEqual([url, 'its host is in a private network']);
    expect([url, addressProblem(url, true)]).toEqual([url, null]);
  }
});

it('refuses what gives out credentials of a machine, also where private networks are open', () => {
  for (const url of METADATA)
    for (const private_allowed of [false, true])
      expect([url, addressProblem(url, private_allowed)]).toEqual([
        url,
        'its host gives out credentials of the machine',
      ]);
});

it('refuses what is no plain base URL', () => {
  for (const url of NEVER)
    for (const private_allowed of [false, true])
      expect([url, addressProblem(url, private_allowed)]).not.toEqual([url, null]);
});

it('judges each connection by itself', () => {
  const inside = { base_url: 'http://10.0.0.1', private_allowed: false } as Connection;
  expect(connectionProblem(inside)).not.toBeNull();
  expect(connectionProblem(inside)).not.toBeNull();
  expect(connectionProblem({ ...inside, private_allowed: true })).toBeNull();
});

it('knows a path that would not be sent as it was rendered', () => {
  for (const path of [
    '',
    '/',
    '/chat/completions',
    '/models/..:generateContent',
    '/model/a.b/converse',
    '/v1/x?alt=sse',
  ])
    expect([path, staysInPlace(path)]).toEqual([path, true]);
  for (const path of [
    '/model/../converse',
    '/model/./converse',
    '/model/%2e%2E/converse',
    '/model/.%2e/converse',
    '/model/..',
    '/model/..?x',
    '/a\\b',
    '/a#b',
    '/a b',
    '/a\tb',
    '/a\nb',
    '/ü',
    '@evil.example/',
    '.evil.example/',
  ])
    expect([path, staysInPlace(path)]).toEqual([path, false]);
});
