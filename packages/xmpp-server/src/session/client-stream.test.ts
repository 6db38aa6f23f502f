/** Dialogues over plain TCP: what a stream must be before anything may be said on it, and how each wrong turn ends (RFC 6120). */
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RawTcp, streamHeader } from '../testing/raw-tcp.js';
import { domain, startTestServer, type TestServer } from '../testing/test-server.js';

let test: TestServer;
let port: number;

beforeEach(async () => {
  test = await startTestServer({ limits: { loginAttempts: 3 } });
  port = test.server.ports.c2s;
  await test.server.accounts.register('alice', domain, 'wonderland');
});

afterEach(() => test.stop());

const sasl = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'";
const starttls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
const bind = "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";

function plain(username: string, password: string): string {
  const message = Buffer.from(`\0${username}\0${password}`).toString('base64');
  return `<auth ${sasl} mechanism='PLAIN'>${message}</auth>`;
}

async function bound(): Promise<{ client: RawTcp; jid: string }> {
  const client = await RawTcp.guest(port);
  client.send(bind);
  const jid = /<jid>(.*)<\/jid>/.exec(await client.until(/<\/iq>/))?.[1] ?? '';
  return { client, jid };
}

describe('a stream before TLS', () => {
  it('offers STARTTLS and nothing else', async () => {
    const client = await RawTcp.open(port);
    client.send(streamHeader());
    const reply = await client.until(/<\/stream:features>/);
    expect(reply).toMatch(
      /^<\?xml version='1.0'\?><stream:stream xmlns="jabber:client" xmlns:stream="[^"]+" id="[^"]{36}" from="meet.example" version="1.0" xml:lang="en">/,
    );
    expect(reply).toContain('<starttls xmlns="urn:ietf:params:xml:ns:xmpp-tls"><required/></starttls>');
    expect(reply).not.toContain('mechanism');
  });

  it('refuses to authenticate', async () => {
    const client = await RawTcp.open(port);
    client.send(streamHeader() + plain('alice', 'wonderland'));
    expect(await client.until(/<\/failure>/)).toContain('<encryption-required/>');
  });

  it.each([
    ['no address', 'improper-addressing', streamHeader().replace(/to='[^']*'/, '')],
    ['an address that is none', 'improper-addressing', streamHeader('a b')],
    ['an account for an address', 'improper-addressing', streamHeader(`alice@${domain}`)],
    ['a host that is not here', 'host-unknown', streamHeader('other.example')],
    ['a component', 'host-unknown', streamHeader(`conference.${domain}`)],
    ['no version', 'unsupported-version', streamHeader(domain, '')],
    ['an old version', 'unsupported-version', streamHeader(domain, "version='0.9'")],
    ['another stream namespace', 'invalid-namespace', streamHeader().replace('etherx', 'other')],
    [
      'another content namespace',
      'invalid-namespace',
      streamHeader().replace('jabber:client', 'jabber:server'),
    ],
    ['another root', 'bad-format', streamHeader().replace('stream:stream', 'stream:other')],
    ['a comment', 'restricted-xml', `${streamHeader()}<!-- -->`],
    ['another encoding', 'unsupported-encoding', "<?xml version='1.0' encoding='latin-1'?>"],
    ['garbage', 'not-well-formed', 'GET / HTTP/1.1\r\n\r\n'],
    ['a stanza', 'not-authorized', `${streamHeader()}<message/>`],
    [
      'a stanza of another namespace',
      'invalid-namespace',
      `${streamHeader()}<message xmlns='jabber:server'/>`,
    ],
    ['an element that is no stanza', 'unsupported-stanza-type', `${streamHeader()}<other/>`],
    ['more than 10,000 bytes', 'policy-violation', `${streamHeader()}<message>${'x'.repeat(10_000)}`],
    ['an acknowledgement', 'unsupported-stanza-type', `${streamHeader()}<r xmlns='urn:xmpp:sm:3'/>`],
  ])('ends with %s: %s', async (_, condition, text) => {
    const client = await RawTcp.open(port);
    client.send(text);
    const all = await client.rest();
    expect(all).toMatch(/^<\?xml version='1.0'\?><stream:stream [^>]*>/);
    expect(all).toContain(`<${condition} xmlns="urn:ietf:params:xml:ns:xmpp-streams"/>`.slice(0, -2));
    expect(all).toMatch(/<\/stream:error><\/stream:stream>$/);
  });

  it('is closed when the client closes it, or says that something is wrong', async () => {
    for (const text of [
      '</stream:stream>',
      '<stream:error><reset xmlns="urn:ietf:params:xml:ns:xmpp-streams"/></stream:error>',
    ]) {
      const client = await RawTcp.open(port);
      client.send(streamHeader() + text);
      expect(await client.rest()).toMatch(/<\/stream:features><\/stream:stream>$/);
    }
  });

  it('forgets what was said in plain text behind <starttls/>', async () => {
    const client = await RawTcp.open(port);
    client.send(
      `${streamHeader()}${starttls}${streamHeader(`guest.${domain}`)}<auth ${sasl} mechanism='ANONYMOUS'/>`,
    );
    await client.until(/<proceed[^>]*>/);
    await client.startTls();
    client.send(streamHeader());
    const reply = await client.until(/<\/stream:features>/);
    expect(reply).toContain('<mechanism>SCRAM-SHA-256</mechanism>');
    expect(reply).not.toContain('success');
  });

  it('is over when it takes too long to log in', async () => {
    await test.stop();
    test = await startTestServer({ limits: { loginTimeout: 50 } });
    const client = await RawTcp.open(test.server.ports.c2s);
    client.send(streamHeader());
    expect(await client.streamError()).toBe('connection-timeout');
    const silent = await RawTcp.open(test.server.ports.c2s);
    expect(await silent.streamError()).toBe('connection-timeout');
  });
});

describe('authentication', () => {
  it('offers the mechanisms of the host, once there is TLS', async () => {
    const client = await RawTcp.secured(port);
    client.send(`<auth ${sasl} mechanism='ANONYMOUS'/>`);
    expect(await client.until(/<\/failure>/)).toBe(
      '<failure xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><invalid-mechanism/></failure>',
    );
    client.send(plain('alice', 'wonderland'));
    expect(await client.until(/<success[^>]*>/)).toContain('success');
  });

  it.each([
    ['bad base64', `<auth ${sasl} mechanism='PLAIN'>!!!!</auth>`, 'incorrect-encoding'],
    ['an empty message', `<auth ${sasl} mechanism='PLAIN'>=</auth>`, 'malformed-request'],
    ['a response to nothing', `<response ${sasl}/>`, 'not-authorized'],
    ['an abort', `<abort ${sasl}/>`, 'aborted'],
    ['a wrong password', plain('alice', 'other'), 'not-authorized'],
    ['an unknown account', plain('nobody', 'other'), 'not-authorized'],
    ['another element', `<other ${sasl}/>`, 'malformed-request'],
  ])('fails with %s', async (_, text, condition) => {
    const client = await RawTcp.secured(port);
    client.send(text);
    expect(await client.until(/<\/failure>/)).toContain(`<${condition}/>`);
  });

  it('asks for the first message of SCRAM when it did not come along', async () => {
    const client = await RawTcp.secured(port);
    client.send(`<auth ${sasl} mechanism='SCRAM-SHA-1'/>`);
    expect(await client.until(/<challenge[^>]*>/)).toMatch(/\/>$/);
    client.send(`<response ${sasl}>${Buffer.from('n,,n=alice,r=abc').toString('base64')}</response>`);
    expect(await client.until(/<\/challenge>/)).toContain('<challenge');
  });

  it('may not be tried without end', async () => {
    const client = await RawTcp.secured(port);
    for (let i = 0; i < 3; i++) client.send(plain('alice', `guess ${i}`));
    expect(await client.streamError()).toBe('policy-violation');
  });

  it('that fails is in the log, with the mechanism and the reason', async () => {
    const lines: unknown[] = [];
    const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) });
    await using logged = await startTestServer({}, log);
    const client = await RawTcp.secured(logged.server.ports.c2s);
    const message = Buffer.from('p=tls-unique,,n=alice,r=abc').toString('base64');
    client.send(`<auth ${sasl} mechanism='SCRAM-SHA-1-PLUS'>${message}</auth>`);
    await client.until(/<\/failure>/);
    expect(lines).toContainEqual(
      expect.objectContaining({
        msg: 'authentication failed',
        address: '127.0.0.1',
        mechanism: 'SCRAM-SHA-1-PLUS',
        condition: 'malformed-request',
        reason: 'Not a channel binding that is offered here',
      }),
    );
  });

  it('does not carry over to another host', async () => {
    const client = await RawTcp.secured(port);
    client.send(plain('alice', 'wonderland'));
    await client.until(/<success[^>]*>/);
    client.send(streamHeader(`auth.${domain}`));
    expect(await client.streamError()).toBe('not-authorized');
  });

  it.each([
    ['again', plain('alice', 'wonderland')],
    ['a message', '<message/>'],
    ['an IQ that is not a binding', "<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>"],
  ])('is followed by binding, not by %s', async (_, text) => {
    const client = await RawTcp.guest(port);
    client.send(text);
    expect(await client.streamError()).toBe('not-authorized');
  });
});

describe('a login that the password has changed after', () => {
  it.each([
    ['binds nothing', bind],
    ['resumes nothing', "<resume xmlns='urn:xmpp:sm:3' previd='x' h='0'/>"],
  ])('%s', async (_, text) => {
    const client = await RawTcp.secured(port);
    client.send(plain('alice', 'wonderland'));
    await client.until(/<success[^>]*>/);
    await test.server.accounts.setPassword('alice', domain, 'looking glass');
    client.send(streamHeader() + text);
    expect(await client.streamError()).toBe('reset');
  });
});

describe('binding', () => {
  async function alice(resource: string): Promise<RawTcp> {
    const client = await RawTcp.secured(port);
    client.send(plain('alice', 'wonderland'));
    await client.until(/<success[^>]*>/);
    client.send(streamHeader());
    await client.until(/<\/stream:features>/);
    client.send(bind.replace('/></iq>', `><resource>${resource}</resource></bind></iq>`));
    return client;
  }

  it('gives the resource that was asked for', async () => {
    const client = await alice('phone');
    expect(await client.until(/<\/iq>/)).toBe(
      `<iq type="result" id="b" xmlns="jabber:client"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><jid>alice@${domain}/phone</jid></bind></iq>`,
    );
  });

  it('refuses a resource that cannot be, and can be tried again', async () => {
    const client = await alice('x'.repeat(1024));
    expect(await client.until(/<\/iq>/)).toContain('<bad-request');
    client.send(bind);
    expect(await client.until(/<\/iq>/)).toContain('type="result"');
  });

  it('replaces an older session of the same resource', async () => {
    const first = await alice('phone');
    await first.until(/<\/iq>/);
    const second = await alice('phone');
    await second.until(/<\/iq>/);
    expect(await first.streamError()).toBe('conflict');
    expect(test.server.sessions()).toHaveLength(1);
  });

  it('lets no guest choose its resource', async () => {
    const client = await RawTcp.guest(port);
    client.send(bind.replace('/></iq>', '><resource>focus</resource></bind></iq>'));
    expect(await client.until(/<\/iq>/)).not.toContain('/focus<');
  });

  it('has a limit for sessions of one account', async () => {
    await test.stop();
    test = await startTestServer({ limits: { sessionsPerAccount: 1 } });
    port = test.server.ports.c2s;
    await test.server.accounts.register('alice', domain, 'wonderland');
    await (await alice('one')).until(/<\/iq>/);
    expect(await (await alice('two')).until(/<\/iq>/)).toContain('<resource-constraint');
    expect(await (await alice('one')).until(/<\/iq>/)).toContain('type="result"');
  });
});

describe('a bound session', () => {
  it.each(['alice@meet.example', 'guest.meet.example', 'other@guest.meet.example/x', '@'])(
    'cannot send from %s',
    async (from) => {
      const { client } = await bound();
      client.send(`<message from='${from}' to='${domain}'/>`);
      expect(await client.streamError()).toBe('invalid-from');
      expect(test.server.sessions()).toEqual([]);
    },
  );

  it('is the sender of what it sends', async () => {
    const { client, jid } = await bound();
    const [account = ''] = jid.split('/');
    for (const from of ['', ` from='${account}'`, ` from='${jid}'`]) {
      client.send(`<message${from} to='${jid}'><body>x</body></message>`);
      expect(await client.until(/<\/message>/)).toContain(`from="${jid}"`);
    }
  });

  it.each([
    ['an IQ without id', "<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>", 'bad-request'],
    ['an IQ without type', "<iq id='1'><ping xmlns='urn:xmpp:ping'/></iq>", 'bad-request'],
    ['an IQ with two payloads', "<iq id='1' type='get'><a xmlns='u'/><b xmlns='u'/></iq>", 'bad-request'],
    ['an IQ nobody understands', "<iq id='1' type='get'><a xmlns='u'/></iq>", 'service-unavailable'],
    ['a second binding', bind, 'service-unavailable'],
    ['a malformed address', "<message to='a b@c'/>", 'jid-malformed'],
    ['presence of no known type', "<presence type='here' to='meet.example'/>", 'bad-request'],
    ['a remote address', "<message to='a@remote.example'/>", 'remote-server-not-found'],
    ['an account that is not there', "<message to='nobody@meet.example'/>", 'service-unavailable'],
    ['an account that is not online', "<message to='alice@meet.example'/>", 'service-unavailable'],
    [
      'an IQ to an account',
      "<iq id='1' type='get' to='alice@meet.example'><ping xmlns='urn:xmpp:ping'/></iq>",
      'service-unavailable',
    ],
    ['a host it may not reach', "<message to='auth.meet.example'/>", 'forbidden'],
    [
      'an account it may not reach',
      "<iq id='1' type='get' to='focus@auth.meet.example/focus'><a xmlns='u'/></iq>",
      'forbidden',
    ],
    ['a room it may not reach', "<presence to='brewery@internal.auth.meet.example/x'/>", 'forbidden'],
  ])('gets an error for %s', async (_, stanza, condition) => {
    const { client } = await bound();
    client.send(stanza);
    expect(await client.until(/<\/error>/)).toContain(
      `<${condition} xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/>`,
    );
  });

  it('gets no error for an error, nor for a result', async () => {
    const { client } = await bound();
    client.send("<message type='error' to='a b'/><iq type='result' id='1' to='nobody@meet.example/x'/>");
    client.send("<iq type='get' id='2' to='meet.example'><ping xmlns='urn:xmpp:ping'/></iq>");
    expect(await client.until(/<iq [^>]*>/)).toMatch(/^<iq type="result" id="2"/);
  });

  it('ends at once when its account is removed, or gets another password', async () => {
    for (const [act, condition] of [
      [() => test.server.accounts.setPassword('alice', domain, 'other'), 'reset'],
      [() => test.server.accounts.remove('alice', domain), 'not-authorized'],
    ] as const) {
      const client = await RawTcp.secured(port);
      client.send(plain('alice', condition === 'reset' ? 'wonderland' : 'other'));
      await client.until(/<success[^>]*>/);
      client.send(streamHeader() + bind);
      await client.until(/<\/iq>/);
      await act();
      expect(await client.streamError()).toBe(condition);
    }
  });

  it('is told when the server stops', async () => {
    const { client } = await bound();
    await test.server.stop();
    expect(await client.streamError()).toBe('system-shutdown');
  });

  it('may send 256 KiB in a stanza, and not a byte more', async () => {
    const { client, jid } = await bound();
    const open = `<message to='${jid}'><body>`;
    const close = '</body></message>';
    const body = 'x'.repeat(262_144 - open.length - close.length);
    client.send(open + body + close);
    await client.until(/<\/message>/);
    client.send(`${open}x${body}${close}`);
    expect(await client.streamError()).toBe('policy-violation');
  });
});

describe('limits', () => {
  it('bound the connections of an address', async () => {
    await test.stop();
    test = await startTestServer({ limits: { connectionsPerAddress: 2 } });
    port = test.server.ports.c2s;
    const [first] = [await RawTcp.open(port), await RawTcp.open(port)];
    expect(await (await RawTcp.open(port)).rest()).toBe('');
    first.cut();
    await expect
      .poll(async () => {
        const client = await RawTcp.open(port);
        client.send(streamHeader());
        return client.until(/<\/stream:features>/).then(
          () => true,
          () => false,
        );
      })
      .toBe(true);
  });

  it('slow a client down that sends too fast', async () => {
    await test.stop();
    test = await startTestServer({ limits: { rate: { bytesPerSecond: 100_000, burst: 20_000 } } });
    port = test.server.ports.c2s;
    const { client, jid } = await bound();
    const began = performance.now();
    for (let i = 0; i < 5; i++)
      client.send(`<message to='${jid}' id='${i}'><body>${'x'.repeat(10_000)}</body></message>`);
    await client.until(/id="4"/);
    expect(performance.now() - began).toBeGreaterThan(200);
  });
});

describe('the log', () => {
  it('says why a session has ended', async () => {
    const ended: unknown[] = [];
    const log = pino(
      {},
      {
        write: (line: string) => {
          const { msg, reason } = JSON.parse(line) as Record<string, unknown>;
          if (msg === 'session ended') ended.push(reason);
        },
      },
    );
    await using logged = await startTestServer({}, log);
    port = logged.server.ports.c2s;
    const ends = async (end: (client: RawTcp) => unknown): Promise<unknown> => {
      const { client } = await bound();
      await end(client);
      await expect.poll(() => ended.length).toBe(1);
      return ended.pop();
    };
    expect(await ends((client) => client.send('</stream:stream>'))).toBe('closed by the client');
    expect(await ends((client) => client.cut())).toBe('connection lost');
    expect(await ends((client) => client.send("<message from='x@y'/>"))).toBe('invalid-from');
    expect(await ends(() => logged.stop())).toBe('system-shutdown');
  });
});
