/** The examples of RFC 5802 s.5 and RFC 7677 s.3, and what is not an exchange. */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { SaslOutcome } from './exchange.js';
import { deriveKeys, fakeKeys, type ScramHash } from './scram-keys.js';
import { ScramExchange, type ScramOffer } from './scram.js';

interface Example {
  readonly hash: ScramHash;
  readonly salt: string;
  readonly clientNonce: string;
  readonly serverNonce: string;
  readonly proof: string;
  readonly verifier: string;
}

const examples: Example[] = [
  {
    hash: 'SHA-1',
    salt: 'QSXCR+Q6sek8bf92',
    clientNonce: 'fyko+d2lbbFgONRv9qkxdawL',
    serverNonce: '3rfcNHYJY1ZVvWVs7j',
    proof: 'v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
    verifier: 'rmF9pqV8S7suAoZWja4dJRkFsKQ=',
  },
  {
    hash: 'SHA-256',
    salt: 'W22ZaJ0SNY7soEsUEjb6gQ==',
    clientNonce: 'rOprNGfwEbeRWgbNEkqO',
    serverNonce: '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
    proof: 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    verifier: '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
  },
];

const binding = Buffer.from('what both ends of the connection know');
const bindings = new Map([['tls-exporter', binding]]);

async function exchange({ hash, salt, serverNonce }: Example, offer?: ScramOffer): Promise<ScramExchange> {
  const keys = await deriveKeys(hash, 'pencil', Buffer.from(salt, 'base64'), 4096);
  return new ScramExchange(
    hash,
    {
      keys: (username: string) => Promise.resolve({ username, keys }),
      isSelf: (authzid: string, name: string) => authzid === `${name}@meet.example`,
    },
    offer,
    serverNonce,
  );
}

function text(outcome: SaslOutcome): string {
  if (outcome.kind === 'failure') return outcome.condition;
  return (outcome.data ?? '').toString();
}

describe.each(examples)('SCRAM-$hash', (example) => {
  const { salt, clientNonce, serverNonce, proof, verifier } = example;
  const first = `n,,n=user,r=${clientNonce}`;
  const final = `c=biws,r=${clientNonce}${serverNonce},p=${proof}`;
  const say = async (to: ScramExchange, message: string) => text(await to.next(Buffer.from(message)));

  it('runs as in the RFC', async () => {
    const scram = await exchange(example);
    expect(await say(scram, first)).toBe(`r=${clientNonce}${serverNonce},s=${salt},i=4096`);
    const outcome = await scram.next(Buffer.from(final));
    expect(outcome).toMatchObject({ kind: 'success', username: 'user' });
    expect(text(outcome)).toBe(`v=${verifier}`);
  });

  it('takes the address of the account as authorization id', async () => {
    const scram = await exchange(example);
    expect(await say(scram, `n,a=user@meet.example,n=user,r=${clientNonce}`)).toContain(`s=${salt}`);
  });

  it('asks for the first message when it did not come with <auth/>', async () => {
    const scram = await exchange(example);
    expect(text(await scram.next(undefined))).toBe('');
    expect(await say(scram, first)).toContain(`s=${salt}`);
  });

  it('decodes the name, and takes it for the account', async () => {
    const scram = await exchange(example);
    await say(scram, `n,,n=a=2Cb=3Dc,r=x`);
    expect(await scram.next(Buffer.from(`c=biws,r=x${serverNonce},p=${proof}`))).toMatchObject({
      username: 'a,b=c',
    });
  });

  it.each([
    ['an empty name', `n,,n=,r=${clientNonce}`, 'malformed-request'],
    ['a stray equals sign', `n,,n=a=b,r=${clientNonce}`, 'malformed-request'],
    ['no nonce', 'n,,n=user', 'malformed-request'],
    ['a mandatory extension', `n,,m=x,n=user,r=${clientNonce}`, 'malformed-request'],
    ['channel binding', `p=tls-exporter,,n=user,r=${clientNonce}`, 'malformed-request'],
    ['another authorization id', `n,a=other@meet.example,n=user,r=${clientNonce}`, 'invalid-authzid'],
    ['nothing', '', 'malformed-request'],
  ])('refuses a first message with %s', async (_, message, condition) => {
    expect(await say(await exchange(example), message)).toBe(condition);
  });

  it.each([
    ['another nonce', `c=biws,r=${clientNonce},p=${proof}`, 'malformed-request'],
    ['another header', `c=eSws,r=${clientNonce}${serverNonce},p=${proof}`, 'malformed-request'],
    ['no proof', `c=biws,r=${clientNonce}${serverNonce}`, 'malformed-request'],
    [
      'another proof',
      `c=biws,r=${clientNonce}${serverNonce},p=${proof.replace(/^./, 'A')}`,
      'not-authorized',
    ],
    ['a short proof', `c=biws,r=${clientNonce}${serverNonce},p=AAAA`, 'not-authorized'],
  ])('refuses a final message with %s', async (_, message, condition) => {
    const scram = await exchange(example);
    await say(scram, first);
    expect(await say(scram, message)).toBe(condition);
  });

  it('is over when it is over', async () => {
    const scram = await exchange(example);
    await say(scram, first);
    await say(scram, final);
    expect(await say(scram, final)).toBe('not-authorized');
  });
});

describe('keys of accounts that do not exist', () => {
  it('have a salt that stays the same, a different one for each name and server', () => {
    const secret = Buffer.from('secret');
    const shape = { iterations: 10, salt: 16 };
    const salt = (name: string, of = secret) => fakeKeys('SHA-256', of, name, shape).salt.toString('hex');
    expect(salt('a')).toBe(salt('a'));
    expect(salt('a')).not.toBe(salt('b'));
    expect(salt('a')).not.toBe(salt('a', Buffer.from('another')));
    expect(salt('a')).toHaveLength(32);
  });

  it('have a salt of any length, whose bytes do not repeat', () => {
    const { salt } = fakeKeys('SHA-256', Buffer.from('secret'), 'a', { iterations: 10, salt: 80 });
    expect(salt).toHaveLength(80);
    expect(salt.subarray(32, 64)).not.toEqual(salt.subarray(0, 32));
  });
});

describe('channel binding', () => {
  const example = examples[1]!;
  const plus: ScramOffer = { plus: true, bindings, mechanisms: [] };
  const plain: ScramOffer = { plus: false, bindings, mechanisms: [] };
  const older: ScramOffer = { ...plain, bindings: new Map([['tls-unique', binding]]) };

  /** Runs a client's side that knows the password. */
  async function run(offer: ScramOffer, header: string, data = Buffer.alloc(0)): Promise<string> {
    const scram = await exchange(example, offer);
    const bare = 'n=user,r=abc';
    const challenge = text(await scram.next(Buffer.from(header + bare)));
    const nonce = /^r=([^,]+)/.exec(challenge)?.[1];
    if (nonce === undefined) return challenge;
    const c = Buffer.concat([Buffer.from(header), data]).toString('base64');
    const withoutProof = `c=${c},r=${nonce}`;
    const salted = pbkdf2Sync('pencil', Buffer.from(example.salt, 'base64'), 4096, 32, 'sha256');
    const key = createHmac('sha256', salted).update('Client Key').digest();
    const stored = createHash('sha256').update(key).digest();
    const signature = createHmac('sha256', stored).update(`${bare},${challenge},${withoutProof}`).digest();
    const proof = Buffer.from(key.map((byte, i) => byte ^ signature[i]!)).toString('base64');
    const outcome = await scram.next(Buffer.from(`${withoutProof},p=${proof}`));
    return outcome.kind === 'failure' ? outcome.condition : outcome.kind;
  }

  it('holds on the channel that both are on', async () => {
    expect(await run(plus, 'p=tls-exporter,,', binding)).toBe('success');
  });

  it.each([
    ['somebody else has passed it on', plus, 'p=tls-exporter,,', Buffer.from('another connection')],
    ['it is left out', plus, 'p=tls-exporter,,', undefined],
    ['it is of a type that was not offered', plus, 'p=tls-unique,,', binding],
    ['the mechanism needs it', plus, 'n,,', undefined],
    ['the client says we lack it', plus, 'y,,', undefined],
    ['the mechanism does not have it', plain, 'p=tls-exporter,,', binding],
    ['somebody hid that we offer it', older, 'y,,', undefined],
  ])('fails when %s', async (_, offer, header, data) => {
    expect(await run(offer, header, data)).toBe('malformed-request');
  });

  it.each(['n,,', 'y,,'])('may be done without, when it is not there: %s', async (header) => {
    expect(await run({ ...plain, bindings: new Map() }, header)).toBe('success');
  });

  it('may be done without by a client that knows only what TLS 1.3 does not have', async () => {
    expect(await run(plain, 'y,,')).toBe('success');
  });

  it('may be done without by a client that cannot', async () => {
    expect(await run(plain, 'n,,')).toBe('success');
  });

  it('is told of with the mechanisms, in the hash that protects both (XEP-0474)', async () => {
    const hashOf = (list: string): string => createHash('sha256').update(list).digest('base64');
    const mechanisms = ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-1', 'PLAIN'];
    const first = async (offer: ScramOffer): Promise<string> =>
      text(await (await exchange(example, offer)).next(Buffer.from('n,,n=user,r=abc')));
    const sorted = 'PLAIN\x1eSCRAM-SHA-1\x1eSCRAM-SHA-256-PLUS';
    expect(await first({ plus: false, bindings: new Map(), mechanisms })).toContain(`,h=${hashOf(sorted)}`);
    const both = new Map([...bindings, ['tls-server-end-point', binding] as const]);
    expect(await first({ plus: false, bindings: both, mechanisms })).toContain(
      `,h=${hashOf(`${sorted}\x1ftls-exporter\x1etls-server-end-point`)}`,
    );
  });

  it('is told of as in the example of XEP-0474 s.5.3', async () => {
    const clientNonce = '12C4CD5C-E38E-4A98-8F6D-15C38F51CCC6';
    const serverNonce = 'a09117a6-ac50-4f2f-93f1-93799c2bddf6';
    const data = Buffer.from('THIS IS FAKE CB DATA');
    const types = new Map([
      ['tls-server-end-point', binding],
      ['tls-exporter', data],
    ]);
    const mechanisms = ['SCRAM-SHA-1', 'SCRAM-SHA-1-PLUS'];
    const scram = await exchange(
      { ...examples[0]!, clientNonce, serverNonce },
      { plus: true, bindings: types, mechanisms },
    );
    expect(text(await scram.next(Buffer.from(`p=tls-exporter,,n=user,r=${clientNonce}`)))).toBe(
      `r=${clientNonce}${serverNonce},s=QSXCR+Q6sek8bf92,i=4096,h=G6k/rBLDqgOhRRaCuuatSDFkJ08=`,
    );
    const c = Buffer.concat([Buffer.from('p=tls-exporter,,'), data]).toString('base64');
    const final = `c=${c},r=${clientNonce}${serverNonce},x=19C6532F-1CF4-4A27-A18D-DC9CEA41BBB3,p=M/SIDjT+dfcxUh89jZEypRvFxB4=`;
    expect(text(await scram.next(Buffer.from(final)))).toBe('v=MQrMPvv7yv4x4Cq4W4Ih25EqS2c=');
  });
});
