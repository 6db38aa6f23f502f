/** XMPP over WebSocket as browsers speak it (RFC 7395), and as they must not. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RawWebSocket } from '../testing/raw-websocket.js';
import { domain, startTestServer, type TestServer } from '../testing/test-server.js';

let test: TestServer;
let url: string;

beforeEach(async () => {
  test = await startTestServer();
  url = test.webSocketUrl;
});

afterEach(() => test.stop());

const close = '<close xmlns="urn:ietf:params:xml:ns:xmpp-framing" />';
const bind =
  "<iq xmlns='jabber:client' type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";

describe('the upgrade', () => {
  it.each([['another'], [['a', 'b']]])('needs the subprotocol xmpp, not %s', async (protocol) => {
    await expect(RawWebSocket.connect(url, protocol)).rejects.toThrow('400');
  });

  it('chooses xmpp among others', async () => {
    await expect(RawWebSocket.connect(url, ['chat', 'xmpp'])).resolves.toBeDefined();
  });

  it.each(['//', '/%', '/x?previd=%ff', '/?previd='])('takes the address %s', async (path) => {
    await expect(RawWebSocket.connect(url.replace(/\/xmpp.*/, path))).resolves.toBeDefined();
  });

  it('lets pages of the same host in, and of no other', async () => {
    const { host } = new URL(url);
    await expect(RawWebSocket.connect(url, 'xmpp', { origin: `http://${host}` })).resolves.toBeDefined();
    for (const origin of ['https://evil.example', 'null', `http://${host}.evil.example`]) {
      await expect(RawWebSocket.connect(url, 'xmpp', { origin })).rejects.toThrow('403');
    }
  });

  it('lets pages in that are allowed by name', async () => {
    await test.stop();
    test = await startTestServer({ websocket: { allowedOrigins: ['https://meet.example'] } });
    url = test.webSocketUrl;
    await expect(
      RawWebSocket.connect(url, 'xmpp', { origin: 'https://meet.example' }),
    ).resolves.toBeDefined();
    await expect(RawWebSocket.connect(url, 'xmpp', { origin: new URL(url).origin })).rejects.toThrow('403');
  });

  it('counts connections by the address that a trusted proxy names', async () => {
    await test.stop();
    test = await startTestServer({ limits: { connectionsPerAddress: 1 } });
    url = test.webSocketUrl;
    const from = (address: string) =>
      RawWebSocket.connect(url, 'xmpp', { headers: { 'x-forwarded-for': address } });
    await expect(from('192.0.2.1')).resolves.toBeDefined();
    await expect(from('192.0.2.2')).resolves.toBeDefined();
    await expect(from('192.0.2.1')).rejects.toThrow('503');
    await expect(from('198.51.100.7, 192.0.2.1')).rejects.toThrow('503');
  });

  it('is refused while the server stops', async () => {
    await test.server.stop();
    await expect(RawWebSocket.connect(url)).rejects.toThrow('503');
  });

  it('believes no proxy that is not trusted', async () => {
    await test.stop();
    test = await startTestServer({
      limits: { connectionsPerAddress: 1 },
      websocket: { trustedProxies: () => false },
    });
    url = test.webSocketUrl;
    const from = (address: string) =>
      RawWebSocket.connect(url, 'xmpp', { headers: { 'x-forwarded-for': address } });
    await expect(from('192.0.2.1')).resolves.toBeDefined();
    await expect(from('192.0.2.2')).rejects.toThrow('503');
  });
});

describe('a stream', () => {
  it('opens with the literal <open> that clients look for, then the features, each in a frame that stands alone', async () => {
    const client = await RawWebSocket.connect(url);
    client.open();
    const [open, features] = await client.frames(2);
    expect(open).toMatch(
      /^<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" from="meet\.example" id="[^"]+" version="1\.0" xml:lang="en"\/>$/,
    );
    expect(features).toMatch(
      /^<stream:features xmlns:stream="http:\/\/etherx\.jabber\.org\/streams"><mechanisms xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><mechanism>/,
    );
    expect(features).not.toContain('starttls');
  });

  it('offers a resource, a session and stream management after authentication, and delivers stanzas with their namespace', async () => {
    const client = await RawWebSocket.connect(url);
    client.open(`guest.${domain}`);
    await client.frames(2);
    client.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>");
    expect(await client.frame()).toBe('<success xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/>');
    client.open(`guest.${domain}`);
    const [, features] = await client.frames(2);
    expect(features).toBe(
      '<stream:features xmlns:stream="http://etherx.jabber.org/streams"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/><session xmlns="urn:ietf:params:xml:ns:xmpp-session"><optional/></session><sm xmlns="urn:xmpp:sm:3"/><limits xmlns="urn:xmpp:stream-limits:0"><max-bytes>262144</max-bytes></limits></stream:features>',
    );
    client.send(bind);
    expect(await client.frame()).toMatch(
      /^<iq type="result" id="b" xmlns="jabber:client"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><jid>/,
    );
    client.send(
      "<iq xmlns='jabber:client' type='set' id='s'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>",
    );
    expect(await client.frame()).toMatch(/^<iq type="result" id="s" to="[^"]+" xmlns="jabber:client"\/>$/);
  });

  it('takes no password as it is where somebody may read along', async () => {
    const headers = { 'x-forwarded-for': '192.0.2.1' };
    const client = await RawWebSocket.connect(url, 'xmpp', { headers });
    client.open();
    const [, features] = await client.frames(2);
    expect(features).toContain('SCRAM-SHA-256');
    expect(features).not.toContain('PLAIN');
    client.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGEAYg==</auth>");
    expect(await client.frame()).toContain('<encryption-required/>');
  });

  it('is closed by the very text that clients look for', async () => {
    const client = await RawWebSocket.connect(url);
    client.open();
    await client.frames(2);
    client.send("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>");
    expect(await client.rest()).toEqual([close]);
    expect(client.code).toBe(1000);
  });

  it.each([
    ['a stanza before <open>', 'bad-format', "<message xmlns='jabber:client'/>"],
    ['a raw stream header', 'bad-format', "<stream:stream xmlns:stream='http://etherx.jabber.org/streams'>"],
    ['two elements in a frame', 'bad-format', "<a xmlns='u'/><b xmlns='u'/>"],
    ['a DTD', 'restricted-xml', '<!DOCTYPE a>'],
    [
      'an unknown host',
      'host-unknown',
      "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='other.example' version='1.0'/>",
    ],
    [
      'no version',
      'unsupported-version',
      "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='meet.example'/>",
    ],
    ['a frame over the limit for strangers', 'policy-violation', `<a xmlns='u'>${'x'.repeat(10_000)}</a>`],
  ])('ends with %s: %s', async (_, condition, frame) => {
    const client = await RawWebSocket.connect(url);
    client.send(frame);
    const [open, error, end] = await client.rest();
    expect(open).toMatch(/^<open /);
    expect(error).toMatch(
      new RegExp(
        `^<stream:error xmlns:stream="http://etherx.jabber.org/streams"><${condition} xmlns="urn:ietf:params:xml:ns:xmpp-streams"/>`,
      ),
    );
    expect(end).toBe(close);
    expect(client.code).toBe(1000);
  });

  it('has text frames only', async () => {
    const client = await RawWebSocket.connect(url);
    client.send(Buffer.from('<a/>'), { binary: true });
    await client.rest();
    expect(client.code).toBe(1003);
  });

  it('has frames that begin with an element', async () => {
    const client = await RawWebSocket.connect(url);
    client.send('hello');
    await client.rest();
    expect(client.code).toBe(1007);
  });

  it('ends for good with a message over any limit', async () => {
    const client = await RawWebSocket.guest(url);
    client.send(bind);
    await client.frame();
    client.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
    await client.frame();
    client.send(`<message xmlns='jabber:client'>${'x'.repeat(262_144)}</message>`);
    await client.rest();
    expect(client.code).toBe(1009);
    await expect.poll(() => test.server.sessions()).toEqual([]);
  });

  it('may come in fragments', async () => {
    const client = await RawWebSocket.connect(url);
    client.send("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' ", { fin: false });
    client.send("to='meet.example' version='1.0'/>", { fin: true });
    expect(await client.frame()).toMatch(/^<open /);
  });
});
