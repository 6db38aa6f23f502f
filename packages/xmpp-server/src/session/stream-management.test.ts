/** Stream management (XEP-0198): acknowledgements, hibernation, resumption, also across transports, and by nobody else. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultLimits } from '../limits.js';
import { RawBosh } from '../testing/raw-bosh.js';
import { RawTcp, streamHeader } from '../testing/raw-tcp.js';
import { RawWebSocket } from '../testing/raw-websocket.js';
import { MemoryStorage } from '../storage/memory.js';
import { domain, startTestServer, type TestServer } from '../testing/test-server.js';

let test: TestServer;

beforeEach(async () => {
  test = await startTestServer();
  await test.server.accounts.register('alice', domain, 'wonderland');
});

afterEach(() => test.stop());

const sm = "xmlns='urn:xmpp:sm:3'";
const enable = `<enable ${sm} resume='true'/>`;
const bind = "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";
const enabled = /<enabled [^>]*>/;

function resume(id: string, h: number | string): string {
  return `<resume ${sm} previd='${id}' h='${h}'/>`;
}

function ping(id: string): string {
  return `<iq type='get' id='${id}' to='${domain}'><ping xmlns='urn:xmpp:ping'/></iq>`;
}

/** Logged in to an account, with nothing bound. */
async function logIn(name: string): Promise<RawTcp> {
  const client = await RawTcp.secured(test.server.ports.c2s);
  const credentials = Buffer.from(`\0${name}\0wonderland`).toString('base64');
  client.send(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${credentials}</auth>`);
  await client.until(/<success[^>]*>/);
  client.send(streamHeader());
  await client.until(/<\/stream:features>/);
  return client;
}

const alice = (): Promise<RawTcp> => logIn('alice');

async function managed(request = enable): Promise<{ client: RawTcp; jid: string; id: string }> {
  const client = await alice();
  client.send(bind);
  const jid = /<jid>(.*)<\/jid>/.exec(await client.until(/<\/iq>/))?.[1] ?? '';
  client.send(request);
  const id = /id="([^"]*)"/.exec(await client.until(enabled))?.[1] ?? '';
  return { client, jid, id };
}

function states(): string[] {
  return test.server.sessions().map(({ state }) => state);
}

async function hibernating(): Promise<{ jid: string; id: string }> {
  const { client, jid, id } = await managed();
  client.cut();
  await expect.poll(states).toEqual(['hibernating']);
  return { jid, id };
}

describe('enabling', () => {
  it('gives an id of characters that clients can put into an address', async () => {
    const client = await alice();
    client.send(bind);
    await client.until(/<\/iq>/);
    client.send(enable);
    expect(await client.until(enabled)).toMatch(
      /^<enabled xmlns="urn:xmpp:sm:3" id="[A-Za-z0-9_-]{32}" resume="true" max="60"\/>$/,
    );
  });

  it.each([
    ['unless asked for', `<enable ${sm}/>`],
    ['for who wants to be kept for no time', `<enable ${sm} resume='true' max='0'/>`],
  ])('is without resumption %s', async (_when, request) => {
    const { client, id } = await managed(request);
    expect(id).toBe('');
    client.cut();
    await expect.poll(states).toEqual([]);
  });

  it.each([
    ['before binding', async () => alice()],
    ['twice', async () => (await managed()).client],
  ])('fails %s', async (_, prepare) => {
    const client = await prepare();
    client.send(enable);
    expect(await client.until(/<\/failed>/)).toBe(
      '<failed xmlns="urn:xmpp:sm:3"><unexpected-request xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></failed>',
    );
  });
});

describe('acknowledgements', () => {
  it('count stanzas, and nothing else', async () => {
    const { client } = await managed();
    client.send(`<r ${sm}/>`);
    expect(await client.until(/<a [^>]*>/)).toContain('h="0"');
    client.send(`${ping('1')}<presence/><r ${sm}/>`);
    expect(await client.until(/<a [^>]*>/)).toContain('h="2"');
  });

  it('are not asked for at once: some clients have not begun to count', async () => {
    const { client } = await managed();
    client.send(ping('1') + ping('2'));
    expect(await client.until(/id="2"[^>]*>/)).not.toContain('<r ');
    client.send(ping('3'));
    expect(await client.until(/id="3"[^>]*>/)).not.toContain('<r ');
    expect(defaultLimits.ackDelay).toBe(1000);
  });

  it('are asked for behind what was sent, once at a time', async () => {
    await test.stop();
    test = await startTestServer({ limits: { ackDelay: 0 } });
    await test.server.accounts.register('alice', domain, 'wonderland');
    const { client } = await managed();
    client.send(ping('1') + ping('2'));
    expect(await client.until(/<r [^>]*>/)).toMatch(/^<iq .*<iq .*<r xmlns="urn:xmpp:sm:3"\/>$/);
    client.send(ping('3'));
    expect(await client.until(/id="3"[^>]*>/)).not.toContain('<r');
    client.send(`<a ${sm} h='3'/>${ping('4')}`);
    expect(await client.until(/<r [^>]*>/)).toMatch(/id="4"/);
  });

  it.each([
    ['of more than was sent', `<a ${sm} h='7'/>`, 'undefined-condition'],
    ['without a number', `<a ${sm}/>`, 'invalid-xml'],
    ['of something else', `<a ${sm} h='x'/>`, 'invalid-xml'],
    ['of too much for a number', `<a ${sm} h='4294967296'/>`, 'invalid-xml'],
  ])('%s end the stream', async (_, text, condition) => {
    const { client } = await managed();
    client.send(text);
    expect(await client.streamError()).toBe(condition);
    expect(states()).toEqual([]);
  });

  it('of more than was sent say what was sent', async () => {
    const { client } = await managed();
    client.send(`<a ${sm} h='7'/>`);
    expect(await client.rest()).toContain(
      '<handled-count-too-high xmlns="urn:xmpp:sm:3" h="7" send-count="0"/>',
    );
  });

  it('are for those who have enabled them', async () => {
    const client = await alice();
    client.send(`${bind}<r ${sm}/>`);
    expect(await client.streamError()).toBe('unsupported-stanza-type');
  });
});

describe('resumption', () => {
  it('brings what was missed, and goes on with the same address', async () => {
    const { jid, id } = await hibernating();
    const other = await alice();
    other.send(bind);
    await other.until(/<\/iq>/);
    other.send(`<message to='${jid}' id='m'><body>missed</body></message>${ping('p')}`);
    await other.until(/id="p"/);

    const client = await alice();
    client.send(resume(id, 0));
    const text = await client.until(/<\/message>/);
    expect(text).toMatch(
      new RegExp(`^<resumed xmlns="urn:xmpp:sm:3" h="0" previd="${id}"/><message .*<body>missed</body>`),
    );
    expect(text).toMatch(/<delay xmlns="urn:xmpp:delay" stamp="[^"]+"\/><\/message>$/);
    expect(await client.until(/<r [^>]*>/)).toBe('<r xmlns="urn:xmpp:sm:3"/>');
    client.send(`<message to='${jid}'><body>to myself</body></message>`);
    expect(await client.until(/<\/message>/)).toContain(`from="${jid}"`);
  });

  it('goes from one transport to another, and on to a third', async () => {
    const { jid, id } = await hibernating();
    const auth = `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${Buffer.from('\0alice\0wonderland').toString('base64')}</auth>`;

    const webSocket = await RawWebSocket.connect(test.webSocketUrl);
    webSocket.open();
    await webSocket.frames(2);
    webSocket.send(auth);
    await webSocket.frame();
    webSocket.open();
    await webSocket.frames(2);
    webSocket.send(resume(id, 0));
    expect(await webSocket.frame()).toMatch(/^<resumed /);
    webSocket.send(ping('over-websocket').replace('<iq', "<iq xmlns='jabber:client'"));
    expect(await webSocket.frame()).toContain(`to="${jid}"`);
    webSocket.cut();
    await expect.poll(states).toEqual(['hibernating']);

    const bosh = await RawBosh.opened(test.boshUrl);
    await bosh.send(auth);
    await bosh.restart();
    expect(await bosh.send(resume(id, 0))).toMatch(/<resumed [^>]*h="1"/);
    const answer = await bosh.send(ping('over-bosh').replace('<iq', "<iq xmlns='jabber:client'"));
    expect(answer).toContain(`to="${jid}"`);
  });

  it('does not bring again what the client had', async () => {
    const { client, jid, id } = await managed();
    client.send(`<message to='${jid}' id='1'/><message to='${jid}' id='2'/>`);
    await client.until(/id="2"[^>]*>/);
    client.cut();
    const again = await alice();
    again.send(resume(id, 1));
    expect(await again.until(/id="2"[^>]*>/)).toMatch(/^<resumed [^>]*h="2"[^>]*><message /);
  });

  it('takes over from a connection that only seems alive', async () => {
    const { client, id } = await managed();
    const again = await alice();
    again.send(resume(id, 0));
    await again.until(/<resumed[^>]*>/);
    expect(await client.streamError()).toBe('conflict');
    expect(states()).toEqual(['attached']);
    again.send(ping('1'));
    expect(await again.until(/<iq [^>]*>/)).toContain('type="result"');
  });

  it.each([
    ['an id that there is not', 'nothing', 'item-not-found'],
    ['no id', '', 'item-not-found'],
  ])('fails with %s, and leaves the client to bind', async (_, id, condition) => {
    const client = await alice();
    client.send(resume(id, 0));
    expect(await client.until(/<\/failed>/)).toContain(`<${condition}`);
    client.send(bind);
    expect(await client.until(/<\/iq>/)).toContain('<jid>');
  });

  it.each(['5', '-1', 'x', ''])('fails with h=%j, and leaves the session as it was', async (h) => {
    const { id } = await hibernating();
    const client = await alice();
    client.send(resume(id, h));
    expect(await client.until(/<\/failed>/)).toContain('<undefined-condition');
    expect(states()).toEqual(['hibernating']);
    client.send(resume(id, 0));
    await client.until(/<resumed[^>]*>/);
  });

  it('fails on a stream that has bound a resource', async () => {
    const { id } = await hibernating();
    const { client } = await managed();
    client.send(resume(id, 0));
    expect(await client.until(/<\/failed>/)).toContain('<unexpected-request');
  });

  it('is for the account that the session belongs to', async () => {
    const { id } = await hibernating();
    const guest = await RawTcp.guest(test.server.ports.c2s);
    guest.send(resume(id, 0));
    expect(await guest.until(/<\/failed>/)).toContain('<item-not-found');
    expect(states()).toEqual(['hibernating']);
  });

  it('is not after a stream that was closed properly', async () => {
    const { client, id } = await managed();
    client.send('</stream:stream>');
    await client.rest();
    expect(states()).toEqual([]);
    const again = await alice();
    again.send(resume(id, 0));
    expect(await again.until(/<\/failed>/)).toContain('<item-not-found');
  });

  it('comes too late when the time is over, and then tells how far the session had come', async () => {
    await test.stop();
    test = await startTestServer({ limits: { hibernation: 30 } });
    await test.server.accounts.register('alice', domain, 'wonderland');
    const { client, id } = await managed();
    client.send(ping('1') + ping('2'));
    await client.until(/id="2"/);
    client.cut();
    await expect.poll(states).toEqual([]);
    const again = await alice();
    again.send(resume(id, 0));
    expect(await again.until(/<\/failed>/)).toBe(
      '<failed xmlns="urn:xmpp:sm:3" h="2"><item-not-found xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></failed>',
    );
  });

  it('is over at once when more was missed than is kept', async () => {
    await test.stop();
    test = await startTestServer({ limits: { unackedStanzas: 3 } });
    await test.server.accounts.register('alice', domain, 'wonderland');
    const { jid } = await hibernating();
    const other = await alice();
    other.send(bind);
    await other.until(/<\/iq>/);
    for (let i = 0; i < 4; i++) other.send(`<message to='${jid}'/>`);
    await expect.poll(() => test.server.sessions().map((session) => session.jid)).not.toContain(jid);
  });

  it('that never comes sends messages and requests back to where they came from', async () => {
    await test.stop();
    test = await startTestServer({ limits: { hibernation: 30 } });
    await test.server.accounts.register('alice', domain, 'wonderland');
    const { client, jid } = await managed();
    const other = await RawTcp.guest(test.server.ports.c2s);
    other.send(bind);
    await other.until(/<\/iq>/);
    other.send(`<iq type='get' id='q' to='${jid}'><query xmlns='urn:q'/></iq>`);
    await client.until(/<query/);
    client.cut();
    expect(await other.until(/<\/iq>/)).toMatch(/^<iq type="error" id="q".*<service-unavailable/);
  });

  it('costs the address of the client until it ends', async () => {
    await test.stop();
    test = await startTestServer({ limits: { sessionsPerAddress: 1 } });
    await test.server.accounts.register('alice', domain, 'wonderland');
    const { id } = await hibernating();
    const client = await alice();
    client.send(bind);
    expect(await client.until(/<\/iq>/)).toContain('<resource-constraint');
    client.send(resume(id, 0));
    await client.until(/<resumed[^>]*>/);
    client.send('</stream:stream>');
    await client.rest();
    const other = await alice();
    other.send(bind);
    expect(await other.until(/<\/iq>/)).toContain('<jid>');
  });

  it('is refused once the password has been changed', async () => {
    const { id } = await hibernating();
    await test.server.accounts.setPassword('alice', domain, 'wonderland');
    const client = await alice();
    client.send(resume(id, 0));
    expect(await client.until(/<\/failed>/)).toContain('<item-not-found');
  });
});

describe('a connection that is half open', () => {
  it('is probed, then taken for gone, and the session waits to be resumed', async () => {
    await test.stop();
    test = await startTestServer({ limits: { idleTimeout: 200, ackDelay: 60_000 } });
    await test.server.accounts.register('alice', domain, 'wonderland');
    const { client } = await managed();
    await client.until(/<r xmlns="urn:xmpp:sm:3"\/>/);
    await client.rest();
    await expect.poll(states).toEqual(['hibernating']);
  });
});

describe('a guest', () => {
  async function lost(): Promise<{ id: string; jid: string }> {
    const client = await RawWebSocket.guest(test.webSocketUrl);
    client.send(bind.replace('<iq', "<iq xmlns='jabber:client'"));
    const jid = /<jid>(.*)<\/jid>/.exec(await client.frame())?.[1] ?? '';
    client.send(enable);
    const id = /id="([^"]*)"/.exec(await client.frame())?.[1] ?? '';
    client.cut();
    await expect.poll(states).toEqual(['hibernating']);
    return { id, jid };
  }

  it('gets its name back by naming its session in the address, and resumes', async () => {
    const { id, jid } = await lost();
    const again = await RawWebSocket.guest(`${test.webSocketUrl}?room=test&previd=${id}`);
    again.send(resume(id, 0));
    expect(await again.frame()).toMatch(/^<resumed /);
    expect(test.server.sessions().map((session) => session.jid)).toEqual([jid]);
    again.send(ping('1').replace('<iq', "<iq xmlns='jabber:client'"));
    expect(await again.frame()).toContain(`to="${jid}"`);
  });

  it('does not get the name of a session whose id it does not know', async () => {
    const { id } = await lost();
    const again = await RawWebSocket.guest(`${test.webSocketUrl}?previd=${id.slice(1)}`);
    again.send(resume(id, 0));
    expect(await again.frame()).toContain('<item-not-found');
  });

  it('does not get into an account by naming its session', async () => {
    const { id } = await hibernating();
    const guest = await RawWebSocket.guest(`${test.webSocketUrl}?previd=${id}`);
    guest.send(resume(id, 0));
    expect(await guest.frame()).toContain('<item-not-found');
  });
});

describe('a restart', () => {
  it('leaves the client knowing what had been handled before', async () => {
    await test.stop();
    const storage = new MemoryStorage();
    test = await startTestServer({ storage });
    await test.server.accounts.register('alice', domain, 'wonderland');
    const { client, id } = await managed();
    for (const each of ['1', '2', '3']) {
      client.send(ping(each));
      await client.until(/<iq [^>]*type="result"[^>]*>/);
    }
    await test.stop();
    test = await startTestServer({ storage });
    const again = await alice();
    again.send(resume(id, 3));
    expect(await again.until(/<\/failed>/)).toMatch(/<failed [^>]*h="3"[^>]*><item-not-found /);
  });
});

describe('a server that stops', () => {
  it('keeps what a session has missed for whoever comes after the restart, and tells it when that was', async () => {
    await test.stop();
    const storage = new MemoryStorage();
    test = await startTestServer({ storage });
    await test.server.accounts.register('alice', domain, 'wonderland');
    await test.server.accounts.register('bob', domain, 'wonderland');
    const { id, jid } = await hibernating();
    const bob = await logIn('bob');
    bob.send(bind);
    await bob.until(/<\/iq>/);
    for (const body of ['one', 'two'])
      bob.send(`<message to='${jid}' type='chat'><body>${body}</body></message>`);
    bob.send(ping('sent'));
    await bob.until(/id="sent"/);
    await test.stop();
    expect(await bob.streamError()).toBe('system-shutdown');

    test = await startTestServer({ storage });
    const client = await alice();
    client.send(resume(id, 0));
    expect(await client.until(/<\/failed>/)).toContain('<item-not-found');
    client.send(`${bind}<presence/>`);
    expect(await client.until(/two<\/body>.*?<\/message>/)).toMatch(
      /<body>one<\/body><delay [^>]*stamp="[^"]+".*<body>two<\/body><delay /,
    );
  });
});

describe('stream limits (XEP-0478)', () => {
  it('are told before and after logging in', async () => {
    const limits = (bytes: number): string =>
      `<limits xmlns="urn:xmpp:stream-limits:0"><max-bytes>${bytes}</max-bytes></limits>`;
    const client = await RawWebSocket.connect(test.webSocketUrl);
    client.open(`guest.${domain}`);
    expect((await client.frames(2))[1]).toContain(limits(defaultLimits.unauthenticated.stanzaBytes));
    client.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>");
    await client.frame();
    client.open(`guest.${domain}`);
    expect((await client.frames(2))[1]).toContain(limits(defaultLimits.authenticated.stanzaBytes));
  });
});
