/** External components (XEP-0114). */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { login } from '../testing/federated.js';
import { RawTcp } from '../testing/raw-tcp.js';
import { domain, startTestServer, type TestServer } from '../testing/test-server.js';

let test: TestServer;
const name = `bridge.${domain}`;

beforeEach(async () => {
  test = await startTestServer({
    component: { host: '127.0.0.1', port: 0, secrets: { [name]: 'secret' } },
  });
});

afterEach(() => test.stop());

function header(to: string): string {
  return `<stream:stream to='${to}' xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'>`;
}

async function opened(to = name): Promise<{ component: RawTcp; handshake: (secret: string) => string }> {
  const component = await RawTcp.open(test.server.ports.component);
  component.send(header(to));
  const id = /id="([^"]*)"/.exec(await component.until(/<stream:stream[^>]*>/))?.[1] ?? '';
  const digest = (secret: string) => createHash('sha1').update(`${id}${secret}`).digest('hex');
  return { component, handshake: (secret) => `<handshake>${digest(secret)}</handshake>` };
}

async function connected(): Promise<RawTcp> {
  const { component, handshake } = await opened();
  component.send(handshake('secret'));
  await component.until(/<handshake\/>/);
  return component;
}

async function guest(): Promise<RawTcp> {
  const client = await RawTcp.guest(test.server.ports.c2s);
  client.send("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
  await client.until(/<\/iq>/);
  return client;
}

describe('a component', () => {
  it('connects by its secret, and talks to clients', async () => {
    const component = await connected();
    const client = await guest();
    client.send(`<iq type='get' id='1' to='x@${name}'><query xmlns='urn:q'/></iq>`);
    const question = await component.until(/<\/iq>/);
    const jid = /from="([^"]*)"/.exec(question)?.[1] ?? '';
    expect(question).toMatch(/^<iq /);
    expect(question).not.toContain('jabber:client');
    component.send(`<iq type='result' id='1' from='x@${name}' to='${jid}'><answer xmlns='urn:q'/></iq>`);
    expect(await client.until(/<\/iq>/)).toContain('<answer xmlns="urn:q"/>');
  });

  it.each([
    ['a wrong secret', 'not-authorized', (handshake: (secret: string) => string) => handshake('other')],
    ['no digest', 'not-authorized', () => '<handshake/>'],
    ['a digest that is none', 'not-authorized', () => '<handshake>zz</handshake>'],
    ['a stanza first', 'not-authorized', () => `<message from='${name}' to='${domain}'/>`],
  ])('is refused with %s', async (_, condition, say) => {
    const { component, handshake } = await opened();
    component.send(say(handshake));
    expect(await component.streamError()).toBe(condition);
  });

  it.each([
    ['a name without a secret', 'host-unknown', `other.${domain}`],
    ['a host of the server', 'host-unknown', domain],
    ['no name', 'improper-addressing', ''],
  ])('is refused under %s', async (_, condition, to) => {
    const component = await RawTcp.open(test.server.ports.component);
    component.send(header(to));
    expect(await component.streamError()).toBe(condition);
  });

  it('is refused on a stream for clients', async () => {
    const component = await RawTcp.open(test.server.ports.component);
    component.send(header(name).replace('jabber:component:accept', 'jabber:client'));
    expect(await component.streamError()).toBe('invalid-namespace');
  });

  it('is alone under its name', async () => {
    await connected();
    const { component, handshake } = await opened();
    component.send(handshake('secret'));
    expect(await component.streamError()).toBe('conflict');
  });

  it('may not speak for others', async () => {
    for (const from of [domain, `alice@${domain}`, `x.${name}`, '']) {
      const component = await connected();
      component.send(`<message from='${from}' to='alice@${domain}'/>`);
      expect(await component.streamError()).toBe('invalid-from');
    }
  });

  it('may not reach hosts that are closed to it', async () => {
    const component = await connected();
    component.send(`<message from='${name}' to='focus@auth.${domain}/focus'/>`);
    expect(await component.until(/<\/message>/)).toContain('<forbidden');
  });

  it('is not reachable while it is not connected', async () => {
    const client = await guest();
    client.send(`<message to='${name}'/>`);
    expect(await client.until(/<\/message>/)).toContain('<remote-server-timeout');
    const component = await connected();
    component.send('</stream:stream>');
    await component.rest();
    client.send(`<message to='${name}'/>`);
    expect(await client.until(/<\/message>/)).toContain('<remote-server-timeout');
  });

  it.each([
    ['bad-request', `<message from='${name}' id='1'/>`],
    ['jid-malformed', `<message from='${name}' id='1' to='a b@${domain}'/>`],
    ['bad-request', `<iq from='${name}' id='1' type='get' to='${domain}'/>`],
    ['bad-request', `<iq from='${name}' id='1' type='other' to='${domain}'><a xmlns='b'/></iq>`],
    ['bad-request', `<presence from='${name}' id='1' type='invisible' to='${domain}'/>`],
  ])('is told %s for %s, and goes on', async (condition, xml) => {
    const component = await connected();
    component.send(`<message from='${name}' id='0' type='error' to='a b@${domain}'/>${xml}`);
    expect(await component.until(/<(message|iq|presence)[^>]*>.*?<\/\1>/)).toMatch(
      new RegExp(`id="1".*<${condition} `),
    );
  });

  it('that is gone is in no room any more', async () => {
    const component = await connected();
    const { server } = test;
    await server.accounts.register('user', domain, 'secret');
    const alice = await login(server.ports.c2s, domain);
    const room = `hall@conference.${domain}`;
    const join = "<x xmlns='http://jabber.org/protocol/muc'/>";
    alice.send(`<presence to='${room}/a0000001'>${join}</presence>`);
    await alice.until(/<status code="110"/);
    alice.send(
      `<iq type='set' id='c' to='${room}'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query></iq>`,
    );
    await alice.until(/<iq[^>]*id="c"[^>]*>/);
    for (const nick of ['b0000001', 'b0000002']) {
      component.send(`<presence from='${nick}@${name}/x' to='${room}/${nick}'>${join}</presence>`);
      await alice.until(new RegExp(`<presence[^>]*${nick}.*?</presence>`));
    }
    component.cut();
    for (const nick of ['b0000001', 'b0000002']) {
      const gone = await alice.until(/<presence[^>]*type="unavailable".*?<\/presence>/);
      expect(gone).toContain(`${room}/${nick}`);
      expect(gone).toContain('<status code="333"');
    }
  });

  it('cannot have an empty secret', async () => {
    const component = { host: '127.0.0.1', port: 0, secrets: { [name]: '' } };
    await expect(startTestServer({ component })).rejects.toThrow('empty secret');
  });
});
