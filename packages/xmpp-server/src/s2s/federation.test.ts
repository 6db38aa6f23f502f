/** Two servers that speak with each other (RFC 6120, XEP-0178, XEP-0220). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { certified, login, Ports, startFederated } from '../testing/federated.js';
import { RawServer } from '../testing/raw-server.js';
import { RawTcp } from '../testing/raw-tcp.js';
import { selfSigned } from '../testing/certificate.js';
import { domain, startTestServer, type TestServer } from '../testing/test-server.js';
import type { S2sConfig } from './s2s-config.js';

const verona = 'verona.example';
const mantua = 'mantua.example';

let servers: TestServer[] = [];
let ports: Ports;

async function start(domain: string, remote: string, s2s: Parameters<typeof startFederated>[3] = {}) {
  const server = await startFederated(domain, remote, ports, s2s);
  servers.push(server);
  return server;
}

beforeEach(() => {
  ports = new Ports();
});

afterEach(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  servers = [];
});

async function both(s2s: Partial<S2sConfig> = {}): Promise<{ romeo: RawTcp; juliet: RawTcp }> {
  const [there, here] = [await start(mantua, verona, s2s), await start(verona, mantua, s2s)];
  return {
    romeo: await login(there.server.ports.c2s, mantua),
    juliet: await login(here.server.ports.c2s, verona),
  };
}

async function untrusted(s2s: Partial<S2sConfig>): Promise<{ romeo: RawTcp; juliet: RawTcp }> {
  const there = await start(mantua, verona, { ...s2s, certificate: await selfSigned(mantua) });
  const here = await start(verona, mantua, { ...s2s, certificate: await selfSigned(verona) });
  return {
    romeo: await login(there.server.ports.c2s, mantua),
    juliet: await login(here.server.ports.c2s, verona),
  };
}

function message(to: string, body: string): string {
  return `<message type='chat' to='${to}'><body>${body}</body></message>`;
}

const aMessage = /<message.*?<\/message>/;

describe('two servers whose certificates are valid', () => {
  it('pass messages on, both ways, in order', async () => {
    const { romeo, juliet } = await both();
    for (const body of ['one', 'two', 'three']) juliet.send(message(`user@${mantua}/r`, body));
    for (const body of ['one', 'two', 'three']) {
      const received = await romeo.until(aMessage);
      expect(received).toContain(`<body>${body}</body>`);
      expect(received).toContain(`from="user@${verona}/r"`);
      expect(received).not.toContain('jabber:server');
    }
    romeo.send(message(`user@${verona}/r`, 'back'));
    expect(await juliet.until(aMessage)).toContain('<body>back</body>');
  });

  it('answer each other’s questions', async () => {
    const { juliet } = await both();
    juliet.send(
      `<iq type='get' id='1' to='${mantua}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`,
    );
    expect(await juliet.until(/<iq.*?<\/iq>/)).toContain('category="server"');
    juliet.send(`<iq type='get' id='2' to='user@${mantua}/none'><query xmlns='urn:q'/></iq>`);
    expect(await juliet.until(/<iq.*?<\/iq>/)).toContain('<service-unavailable');
  });

  it('let their users subscribe to one another', async () => {
    const { romeo, juliet } = await both();
    const ask = "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq><presence/>";
    for (const [client, jid] of [
      [romeo, `user@${mantua}`],
      [juliet, `user@${verona}`],
    ] as const) {
      client.send(ask);
      await client.until(new RegExp(`<presence[^>]*from="${jid}/r".*?/>`));
    }
    juliet.send(`<presence type='subscribe' to='user@${mantua}'/>`);
    expect(await romeo.until(/<presence[^>]*type="subscribe"[^>]*>/)).toContain(`from="user@${verona}"`);
    romeo.send(`<presence type='subscribed' to='user@${verona}'/>`);
    const roster = /<iq [^>]*type="set".*?subscription="to".*?<\/iq>/;
    expect(await juliet.until(roster)).toContain(`jid="user@${mantua}"`);
    await juliet.until(new RegExp(`<presence[^>]*from="user@${mantua}/r"[^>]*>`));
    romeo.cut();
    await juliet.until(
      new RegExp(
        `<presence[^>]*from="user@${mantua}/r"[^>]*type="unavailable"|type="unavailable"[^>]*from="user@${mantua}/r"`,
      ),
    );
  }, 15_000);

  it('let users into rooms of the other, but not make any', async () => {
    const { romeo, juliet } = await both();
    const room = `hall@conference.${verona}`;
    const join = (nick: string) =>
      `<presence to='${room}/${nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>`;
    romeo.send(join('a0000001'));
    expect(await romeo.until(/<presence.*?<\/presence>/)).toContain('type="error"');
    juliet.send(join('a0000002'));
    await juliet.until(/<status code="110"/);
    juliet.send(
      `<iq type='set' id='c' to='${room}'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query></iq>`,
    );
    await juliet.until(/<iq[^>]*id="c"[^>]*>/);
    romeo.send(join('a0000001'));
    await romeo.until(/<status code="110"/);
    romeo.send(`<message type='groupchat' to='${room}'><body>hello</body></message>`);
    expect(await juliet.until(/<message(?:(?!<\/message>).)*<body>hello<\/body>.*?<\/message>/)).toContain(
      `${room}/a0000001`,
    );
    await romeo.until(/<body>hello<\/body>/);
  });
});

describe('a server that goes away', () => {
  it('leaves nobody of its own behind in our rooms', async () => {
    const { romeo, juliet } = await both();
    const room = `hall@conference.${verona}`;
    const enter = async (client: RawTcp, nick: string): Promise<void> => {
      client.send(`<presence to='${room}/${nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>`);
      await client.until(/<status code="110"/);
    };
    await enter(juliet, 'a0000002');
    juliet.send(
      `<iq type='set' id='c' to='${room}'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query></iq>`,
    );
    await juliet.until(/<iq[^>]*id="c"[^>]*>/);
    await enter(romeo, 'a0000001');
    await servers[0]!.stop();
    juliet.send(`<message type='groupchat' to='${room}'><body>still there?</body></message>`);
    await juliet.until(
      /<presence[^>]*a0000001[^>]*type="unavailable"|<presence[^>]*type="unavailable"[^>]*a0000001/,
    );
  });
});

describe('a message to a domain', () => {
  it('that is not allowed comes back', async () => {
    const { server } = await start(verona, mantua);
    const juliet = await login(server.ports.c2s, verona);
    for (const domain of ['elsewhere.example', `x.${mantua}`]) {
      juliet.send(message(`user@${domain}`, 'hi'));
      expect(await juliet.until(aMessage)).toContain('<not-allowed');
    }
  });

  it('that has no server comes back', async () => {
    const { server } = await start(verona, mantua);
    const juliet = await login(server.ports.c2s, verona);
    juliet.send(message(`user@${mantua}`, 'hi'));
    expect(await juliet.until(aMessage)).toContain('<remote-server-not-found');
    ports.set(mantua, 1);
    juliet.send(message(`user@${mantua}`, 'hi'));
    expect(await juliet.until(aMessage)).toContain('<remote-server-not-found');
  });

  it('whose server says nothing comes back, and so does what does not fit into the queue', async () => {
    const silent = await RawServer.open();
    ports.set(mantua, silent.port);
    const { server } = await start(verona, mantua, { limits: { authTimeout: 500, queuedStanzas: 1 } });
    const juliet = await login(server.ports.c2s, verona);
    for (const id of ['one', 'two']) juliet.send(`<message id='${id}' to='user@${mantua}'/>`);
    expect(await juliet.until(aMessage)).toMatch(/id="two".*<resource-constraint/);
    expect(await juliet.until(aMessage)).toMatch(/id="one".*<remote-server-timeout/);
    silent.close();
  });

  it('comes back when this server does not federate, which it does not unless told to', async () => {
    await using test = await startTestServer();
    const { ports: listening, accounts } = test.server;
    expect(listening.s2s).toBeUndefined();
    await accounts.register('user', domain, 'secret');
    const juliet = await login(listening.c2s, domain);
    juliet.send(message(`user@${mantua}`, 'hi'));
    expect(await juliet.until(aMessage)).toContain('<remote-server-not-found');
  });

  it('cannot be allowed when it is none', async () => {
    for (const name of ['*', 'user@a.example', '']) {
      await expect(start(verona, mantua, { allow: [name] })).rejects.toThrow('no domain');
    }
  });
});

describe('guests', () => {
  it('neither send to other servers nor are reached by them', async () => {
    const { romeo } = await both();
    const here = servers[1]!;
    const guest = await RawTcp.secured(here.server.ports.c2s, `guest.${verona}`);
    guest.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>");
    await guest.until(/<success[^>]*>/);
    guest.send(
      `<?xml version='1.0'?><stream:stream to='guest.${verona}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`,
    );
    await guest.until(/<\/stream:features>/);
    guest.send("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
    await guest.until(/<\/iq>/);
    guest.send(message(`user@${mantua}/r`, 'hi'));
    expect(await guest.until(aMessage)).toContain('<not-allowed');
    ports.set(`guest.${verona}`, here.server.ports.s2s ?? 0);
    romeo.send(message(`x@guest.${verona}`, 'hi'));
    expect(await romeo.until(aMessage)).toContain('<not-allowed');
  });
});

describe('certificates', () => {
  it('of no authority, or for another name, are not enough', async () => {
    const { juliet } = await untrusted({});
    juliet.send(message(`user@${mantua}/r`, 'hi'));
    expect(await juliet.until(aMessage)).toContain('<remote-server-not-found');
    await servers[0]!.stop();
    await start(mantua, verona, { certificate: await certified('other.example') });
    juliet.send(message(`user@${mantua}/r`, 'hi'));
    expect(await juliet.until(aMessage)).toContain('<remote-server-not-found');
  });

  it('can be replaced while the server runs', async () => {
    const { juliet } = await untrusted({});
    servers[0]!.server.replaceCertificate(await certified(mantua));
    servers[1]!.server.replaceCertificate(await certified(verona));
    juliet.send(message(`user@${mantua}`, 'hi'));
    juliet.send(`<iq type='get' id='1' to='${mantua}'><ping xmlns='urn:xmpp:ping'/></iq>`);
    expect(await juliet.until(/<iq.*?>/)).toContain('type="result"');
  });

  it('are not needed where dialback is used', async () => {
    const { romeo, juliet } = await untrusted({ dialback: true });
    juliet.send(message(`user@${mantua}/r`, 'hi'));
    expect(await romeo.until(aMessage)).toContain('<body>hi</body>');
    romeo.send(message(`user@${verona}/r`, 'back'));
    expect(await juliet.until(aMessage)).toContain('<body>back</body>');
  });
});
