/** What other servers must not get away with (RFC 6120 s.13, XEP-0220 s.5; CVE-2018-10847, CVE-2021-32919). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { authority, certified, login, Ports, startFederated } from '../testing/federated.js';
import {
  answerStream,
  authenticatedRemote,
  connectRemote,
  externalFeature,
  serverHeader,
  type RemoteOptions,
} from '../testing/raw-remote.js';
import { RawServer } from '../testing/raw-server.js';
import { RawTcp } from '../testing/raw-tcp.js';
import type { TestServer } from '../testing/test-server.js';
import { defaultS2sLimits, type S2sConfig } from './s2s-config.js';

const verona = 'verona.example';
const mantua = 'mantua.example';

let ports: Ports;
let servers: TestServer[];

beforeEach(() => {
  ports = new Ports();
  servers = [];
});

afterEach(() => Promise.all(servers.map((server) => server.stop())));

async function start(s2s: Partial<S2sConfig> = {}, domain = verona, remote = mantua): Promise<TestServer> {
  const server = await startFederated(domain, remote, ports, s2s);
  servers.push(server);
  return server;
}

function s2sPort({ server }: TestServer): number {
  return server.ports.s2s ?? 0;
}

const ends = { from: mantua, to: verona };

async function mantuas(): Promise<RemoteOptions & { certificate: Awaited<ReturnType<typeof certified>> }> {
  return { ...ends, certificate: await certified(mantua) };
}

describe('a server that has not set up TLS', () => {
  it.each([
    ['a stanza', `<message from='x@${mantua}' to='user@${verona}'/>`],
    ['a dialback key', `<db:result from='${mantua}' to='${verona}'>key</db:result>`],
    ['a SASL request', "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>"],
  ])('cannot send %s', async (_, xml) => {
    const remote = await RawTcp.open(s2sPort(await start({ dialback: true })));
    remote.send(serverHeader(`from='${mantua}' to='${verona}'`) + xml);
    expect(await remote.streamError()).toBe('policy-violation');
  });

  it.each([
    ['host-unknown', `from='${mantua}' to='elsewhere.example'`],
    ['host-unknown', `from='${mantua}' to='guest.${verona}'`],
    ['host-unknown', `from='${mantua}' to='auth.${verona}'`],
    ['host-unknown', `from='${mantua}' to='focus.${verona}'`],
    ['improper-addressing', `from='${mantua}'`],
    ['improper-addressing', `from='${mantua}' to='user@${verona}'`],
    ['improper-addressing', `from='x@${mantua}' to='${verona}'`],
    ['policy-violation', `from='elsewhere.example' to='${verona}'`],
    ['policy-violation', `from='x.${mantua}' to='${verona}'`],
    ['policy-violation', `from='${verona}' to='${verona}'`],
    ['policy-violation', `from='guest.${verona}' to='${verona}'`],
  ])('gets %s for a stream %s', async (condition, attributes) => {
    const remote = await RawTcp.open(s2sPort(await start({ allow: [mantua, verona, `guest.${verona}`] })));
    remote.send(serverHeader(attributes));
    expect(await remote.streamError()).toBe(condition);
  });

  it('gets nowhere with another protocol', async () => {
    const port = s2sPort(await start());
    for (const [from, to, condition] of [
      ["xmlns='jabber:server'", "xmlns='jabber:client'", 'invalid-namespace'],
      ["version='1.0' xmlns=", 'xmlns=', 'unsupported-version'],
    ] as const) {
      const remote = await RawTcp.open(port);
      remote.send(serverHeader(`from='${mantua}' to='${verona}'`).replace(from, to));
      expect(await remote.streamError()).toBe(condition);
    }
  });

  it('cannot slip anything in ahead of TLS', async () => {
    const remote = await RawTcp.open(s2sPort(await start()));
    const header = serverHeader(`from='${mantua}' to='${verona}'`);
    const injected = `${header}<message from='x@${mantua}' to='user@${verona}'/>`;
    remote.send(`${header}<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>${injected}`);
    await remote.until(/<proceed[^>]*>/);
    await remote.startTls(await certified(mantua));
    remote.send(header);
    expect(await remote.until(/<stream:features.*?<\/stream:features>/)).toContain('EXTERNAL');
  });
});

describe('a server without a valid certificate', () => {
  it.each([
    ['none', () => Promise.resolve(undefined)],
    ['one for another name', () => certified('other.example')],
    ['one for a name in its subject only', async () => (await authority).issue()],
  ])('is refused (%s)', async (_, make) => {
    const certificate = await make();
    const options = { ...ends, ...(certificate === undefined ? {} : { certificate }) };
    const { features } = await connectRemote(s2sPort(await start()), options);
    expect(features).toContain('<not-authorized');
  });

  it('is not offered EXTERNAL where dialback would do, nor admitted by it', async () => {
    const { remote, features } = await connectRemote(s2sPort(await start({ dialback: true })), ends);
    expect(features).not.toContain('EXTERNAL');
    for (let i = 0; i < 2; i++) {
      remote.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>");
      expect(await remote.until(/<\/failure>/)).toContain('<invalid-mechanism/>');
    }
    remote.send(`<message from='x@${mantua}' to='user@${verona}'/>`);
    expect(await remote.streamError()).toBe('not-authorized');
  });
});

describe('a server with a valid certificate', () => {
  it('cannot log in as another', async () => {
    const { remote } = await connectRemote(s2sPort(await start()), await mantuas());
    const other = Buffer.from(`conference.${mantua}`).toString('base64');
    remote.send(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>${other}</auth>`);
    expect(await remote.until(/<\/failure>/)).toContain('<invalid-authzid/>');
    remote.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>=</auth>".repeat(2));
    expect(await remote.streamError()).toBe('policy-violation');
  });

  it('says nothing before it has logged in', async () => {
    const { remote } = await connectRemote(s2sPort(await start()), await mantuas());
    remote.send(`<message from='x@${mantua}' to='user@${verona}'/>`);
    expect(await remote.streamError()).toBe('not-authorized');
  });

  it.each([
    ['to', `from='${mantua}' to='conference.${verona}'`],
    ['from', `from='conference.${mantua}' to='${verona}'`],
  ])('cannot take another %s once it has logged in', async (_, attributes) => {
    const { remote } = await connectRemote(s2sPort(await start()), await mantuas());
    remote.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>");
    await remote.until(/<success[^>]*>/);
    remote.send(serverHeader(attributes));
    expect(await remote.streamError()).toBe('not-authorized');
  });

  it.each([
    ['invalid-from', `<message from='user@${verona}' to='user@${verona}'/>`],
    ['invalid-from', `<message from='x@conference.${mantua}' to='user@${verona}'/>`],
    ['invalid-from', `<message from='x@sub.${mantua}' to='user@${verona}'/>`],
    ['invalid-from', `<message from='x@${mantua}' to='room@conference.${verona}'/>`],
    ['improper-addressing', `<message to='user@${verona}'/>`],
    ['improper-addressing', `<message from='x@${mantua}'/>`],
    ['host-unknown', `<message from='x@${mantua}' to='user@guest.${verona}'/>`],
    ['host-unknown', `<message from='x@${mantua}' to='focus@auth.${verona}'/>`],
    ['host-unknown', `<message from='x@${mantua}' to='x@elsewhere.example'/>`],
    ['unsupported-stanza-type', `<other from='x@${mantua}' to='user@${verona}'/>`],
    ['unsupported-stanza-type', "<r xmlns='urn:xmpp:sm:3'/>"],
    ['unsupported-stanza-type', "<a xmlns='urn:xmpp:sm:3' h='0'/>"],
    ['unsupported-stanza-type', "<enabled xmlns='urn:xmpp:sm:3'/>"],
    ['unsupported-stanza-type', "<resume xmlns='urn:xmpp:sm:3' previd='1' h='0'/>"],
    ['unsupported-stanza-type', "<bidi xmlns='urn:xmpp:bidi'/>"],
  ])('gets %s for %s', async (condition, xml) => {
    const remote = await authenticatedRemote(s2sPort(await start()), await mantuas());
    remote.send(xml);
    expect(await remote.streamError()).toBe(condition);
  });

  it('goes on when it is a user whose address is wrong', async () => {
    const test = await start();
    const juliet = await login(test.server.ports.c2s, verona);
    const remote = await authenticatedRemote(s2sPort(test), await mantuas());
    remote.send(`<message from='a b@${mantua}' to='user@${verona}/r'/>`);
    remote.send(`<message from='x@${mantua}' to='a b@${verona}/r'/>`);
    remote.send(`<iq from='x@${mantua}' to='${verona}' type='get'/>`);
    remote.send(`<message from='x@${mantua}/y' to='user@${verona}/r'/>`);
    expect(await juliet.until(/<message[^>]*>/)).toContain(`from="x@${mantua}/y"`);
  });

  it('does not keep users in a room that cannot be told what goes on there', async () => {
    const test = await start();
    const juliet = await login(test.server.ports.c2s, verona);
    const room = `hall@conference.${verona}`;
    const join = "<x xmlns='http://jabber.org/protocol/muc'/>";
    juliet.send(`<presence to='${room}/a0000001'>${join}</presence>`);
    await juliet.until(/<status code="110"/);
    juliet.send(
      `<iq type='set' id='c' to='${room}'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query></iq>`,
    );
    await juliet.until(/<iq[^>]*id="c"[^>]*>/);
    const options = { from: mantua, to: `conference.${verona}`, certificate: await certified(mantua) };
    const remote = await authenticatedRemote(s2sPort(test), options);
    remote.send(`<presence from='x@${mantua}/r' to='${room}/a0000002'>${join}</presence>`);
    expect(await juliet.until(/<presence.*?<\/presence>/)).toContain('a0000002');
    expect(await juliet.until(/<presence.*?<\/presence>/)).toMatch(/type="unavailable"/);
  });

  it('sends no more at a time than it may', async () => {
    const port = s2sPort(await start());
    const fill = 'x'.repeat(60_000);
    const { remote } = await connectRemote(port, await mantuas());
    remote.send(`<message from='x@${mantua}' to='user@${verona}'><body>${fill}`);
    expect(await remote.rest()).toMatch(/<policy-violation.*<stanza-too-big/);
    const authenticated = await authenticatedRemote(port, await mantuas());
    authenticated.send(`<message from='x@${mantua}' to='user@${verona}'><body>${fill.repeat(9)}`);
    expect(await authenticated.rest()).toMatch(/<policy-violation.*<stanza-too-big/);
  });
});

describe('one address', () => {
  it('has a few connections at a time, not any number', async () => {
    const port = s2sPort(await start({ limits: { connectionsPerAddress: 1 } }));
    const first = await authenticatedRemote(port, await mantuas());
    const second = await RawTcp.open(port);
    expect(await second.rest()).toBe('');
    first.send('</stream:stream>');
    await first.rest();
    await authenticatedRemote(port, await mantuas());
  });
});

describe('a slow server', () => {
  const limits = { ...defaultS2sLimits, authTimeout: 100, idleTimeout: 200 };

  it('is not waited for to say who it is', async () => {
    const remote = await RawTcp.open(s2sPort(await start({ limits })));
    remote.send(serverHeader(`from='${mantua}' to='${verona}'`));
    expect(await remote.streamError()).toBe('connection-timeout');
  });

  it('is not waited for in the middle of TLS', async () => {
    const remote = await RawTcp.open(s2sPort(await start({ limits })));
    remote.send(
      `${serverHeader(`from='${mantua}' to='${verona}'`)}<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`,
    );
    await remote.until(/<proceed[^>]*>/);
    expect(await remote.rest()).toBe('');
  });

  it('is let go when it has nothing to say', async () => {
    const remote = await authenticatedRemote(
      s2sPort(await start({ limits: { ...limits, authTimeout: 5_000 } })),
      await mantuas(),
    );
    expect(await remote.rest()).toMatch(/^[^<]*<\/stream:stream>$/);
  });
});

describe('dialback', () => {
  it('is not to be had where it is off', async () => {
    const { remote } = await connectRemote(s2sPort(await start()), await mantuas());
    remote.send(`<db:result from='${mantua}' to='${verona}'>key</db:result>`);
    expect(await remote.streamError()).toBe('not-authorized');
  });

  it.each([
    `<db:result from='${mantua}' to='${verona}' type='valid'/>`,
    `<db:verify from='${mantua}' to='${verona}' id='1' type='valid'/>`,
  ])('takes no answer to a question that was not asked: %s', async (xml) => {
    const { remote } = await connectRemote(s2sPort(await start({ dialback: true })), ends);
    remote.send(xml);
    expect(await remote.streamError()).toBe('not-authorized');
  });

  it('finds out a forged key, since it asks the server whose domain it is', async () => {
    await start({ dialback: true }, mantua, verona);
    const { remote } = await connectRemote(s2sPort(await start({ dialback: true })), ends);
    remote.send(`<db:result from='${mantua}' to='${verona}'>${'0'.repeat(64)}</db:result>`);
    const rest = await remote.rest();
    expect(rest).toMatch(/<db:result[^>]*type="invalid"/);
    expect(rest).toContain('<not-authorized');
  });

  it('authorises nothing while the key is not verified', async () => {
    const silent = await RawServer.open();
    ports.set(mantua, silent.port);
    const { remote } = await connectRemote(s2sPort(await start({ dialback: true })), ends);
    remote.send(`<db:result from='${mantua}' to='${verona}'>key</db:result>`);
    await silent.accept();
    remote.send(`<message from='x@${mantua}' to='user@${verona}'/>`);
    expect(await remote.streamError()).toBe('not-authorized');
    silent.close();
  });

  it.each([
    ['policy-violation', 'elsewhere.example', verona],
    ['policy-violation', verona, verona],
    ['item-not-found', mantua, `guest.${verona}`],
    ['remote-server-not-found', mantua, verona],
  ])('ends with %s for a key from %s to %s', async (condition, from, to) => {
    const { remote } = await connectRemote(s2sPort(await start({ dialback: true })), ends);
    remote.send(`<db:result from='${from}' to='${to}'>key</db:result>`);
    const answer = await remote.until(/<\/db:result>/);
    expect(answer).toContain('type="error"');
    expect(answer).toContain(`<${condition}`);
  });

  it('is asked for a few domains on a stream, not for any number', async () => {
    const { remote } = await connectRemote(s2sPort(await start({ dialback: true })), ends);
    remote.send(`<db:result from='elsewhere.example' to='${verona}'>key</db:result>`.repeat(17));
    expect(await remote.streamError()).toBe('policy-violation');
  });

  it('is for one stream: a key that was seen on another is worth nothing', async () => {
    // What our server sends to a stream that calls itself Mantua's is tried on Mantua's own.
    const thief = await RawServer.open();
    ports.set(mantua, thief.port);
    const here = await start({ dialback: true });
    (await login(here.server.ports.c2s, verona)).send(`<message to='user@${mantua}'/>`);
    const stolen = await thief.accept();
    const features = "<dialback xmlns='urn:xmpp:features:dialback'/>";
    await answerStream(stolen, { from: mantua, features, certificate: await certified('other.example') });
    const key = /<db:result[^>]*>([0-9a-f]{64})</.exec(await stolen.until(/<\/db:result>/))?.[1] ?? '';
    expect(key).not.toBe('');
    thief.close();
    const there = await start({ dialback: true }, mantua, verona);
    const { remote } = await connectRemote(s2sPort(there), { from: verona, to: mantua });
    remote.send(`<db:result from='${verona}' to='${mantua}'>${key}</db:result>`);
    expect(await remote.until(/<db:result[^>]*>/)).toContain('type="invalid"');
  });

  it('authorises the one pair of domains that was asked about', async () => {
    const asked = await RawServer.open();
    ports.set(mantua, asked.port);
    const { remote } = await connectRemote(s2sPort(await start({ dialback: true })), ends);
    remote.send(`<db:result from='${mantua}' to='${verona}'>key</db:result>`);
    const question = await asked.accept();
    await answerStream(question, { from: mantua, features: '<c/>', certificate: await certified(mantua) });
    const id = / id="([^"]*)"/.exec(await question.until(/<db:verify[^>]*>/))?.[1] ?? '';
    question.send(`<db:verify from='${mantua}' to='${verona}' id='${id}' type='valid'/>`);
    await remote.until(/<db:result[^>]*type="valid"[^>]*>/);
    remote.send(`<message from='x@conference.${mantua}' to='user@${verona}'/>`);
    expect(await remote.streamError()).toBe('invalid-from');
    asked.close();
  });

  it('recognises no keys but those of this server', async () => {
    const { remote } = await connectRemote(s2sPort(await start({ dialback: true })), ends);
    remote.send(`<db:verify from='${mantua}' to='${verona}' id='1'>${'0'.repeat(64)}</db:verify>`);
    expect(await remote.until(/<db:verify[^>]*>/)).toContain('type="invalid"');
    remote.send(`<db:verify from='${mantua}' to='guest.${verona}' id='1'>0</db:verify>`);
    expect(await remote.until(/<\/db:verify>/)).toContain('<item-not-found');
  });
});

describe('a server that is connected to', () => {
  const bounced = /<message[^>]*type="error".*?<\/message>/;
  const dialback = "<dialback xmlns='urn:xmpp:features:dialback'/>";

  async function connected(s2s: Partial<S2sConfig> = {}): Promise<{ juliet: RawTcp; remote: RawTcp }> {
    const raw = await RawServer.open();
    ports.set(mantua, raw.port);
    const test = await start(s2s);
    const juliet = await login(test.server.ports.c2s, verona);
    juliet.send(`<message to='user@${mantua}'/>`);
    return { juliet, remote: await raw.accept() };
  }

  it('must offer TLS', async () => {
    const { juliet, remote } = await connected();
    remote.send(`${serverHeader(`from='${mantua}' id='1'`)}<stream:features>${dialback}</stream:features>`);
    expect(await juliet.until(bounced)).toContain('<remote-server-not-found');
  });

  it('must be who it was taken for', async () => {
    const { juliet, remote } = await connected();
    remote.send(serverHeader("from='other.example' id='1'"));
    expect(await juliet.until(bounced)).toContain('<remote-server-not-found');
  });

  it('is told nothing when its certificate is for somebody else', async () => {
    const { juliet, remote } = await connected();
    await answerStream(remote, {
      from: mantua,
      features: externalFeature,
      certificate: await certified('other.example'),
    });
    expect(await remote.rest()).not.toContain('<auth');
    expect(await juliet.until(bounced)).toContain('<remote-server-not-found');
  });

  it.each([
    ['another pair', `<db:result from='other.example' to='${verona}' type='valid'/>`],
    ['another question', `<db:verify from='${mantua}' to='${verona}' id='2' type='valid'/>`],
    ['no question', `<db:result from='${mantua}' to='${verona}'>key</db:result>`],
  ])('gets no stanza for an answer to %s', async (_, answer) => {
    const { juliet, remote } = await connected({ dialback: true });
    await answerStream(remote, { from: mantua, features: dialback, certificate: await certified(mantua) });
    await remote.until(/<\/db:result>/);
    remote.send(answer);
    expect(await remote.streamError()).toBe('not-authorized');
    expect(await juliet.until(bounced)).toContain('<remote-server-not-found');
  });

  it('cannot speak on that stream', async () => {
    const { remote } = await connected({ dialback: true });
    await answerStream(remote, { from: mantua, features: dialback, certificate: await certified(mantua) });
    await remote.until(/<\/db:result>/);
    remote.send(`<db:result from='${mantua}' to='${verona}' type='valid'/>`);
    await remote.until(/<message[^>]*>/);
    remote.send(`<message from='x@${mantua}' to='user@${verona}'/>`);
    expect(await remote.streamError()).toBe('not-authorized');
  });

  it('is let go when there is nothing to say to it, and connected to anew when there is', async () => {
    const raw = await RawServer.open();
    ports.set(mantua, raw.port);
    const test = await start({ dialback: true, limits: { idleTimeout: 200 } });
    const juliet = await login(test.server.ports.c2s, verona);
    for (const id of ['one', 'two']) {
      juliet.send(`<message id='${id}' to='user@${mantua}'/>`);
      const remote = await raw.accept();
      await answerStream(remote, { from: mantua, features: dialback, certificate: await certified(mantua) });
      await remote.until(/<\/db:result>/);
      remote.send(`<db:result from='${mantua}' to='${verona}' type='valid'/>`);
      expect(await remote.rest()).toMatch(new RegExp(`<message id="${id}".*</stream:stream>$`));
    }
    raw.close();
  });
});
