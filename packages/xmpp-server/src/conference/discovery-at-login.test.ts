/** What components there are is said before the bind result, to clients of Jitsi alone, where the operator wants it. */
import { afterEach, expect, it } from 'vitest';
import { RawTcp } from '../testing/raw-tcp.js';
import { RawWebSocket } from '../testing/raw-websocket.js';
import { domain, startTestServer, type TestServer } from '../testing/test-server.js';

let test: TestServer;

afterEach(() => test.stop());

const bind = "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";

/** The first frames that a guest gets after it has asked for a resource, until it is bound. */
async function told(conference: object, query = '?room=garden'): Promise<string[]> {
  test = await startTestServer({ conference });
  const client = await RawWebSocket.guest(`${test.webSocketUrl}${query}`);
  client.send(bind.replace('<iq', "<iq xmlns='jabber:client'"));
  const frames = [await client.frame()];
  while (!frames.at(-1)?.startsWith('<iq')) frames.push(await client.frame());
  return frames;
}

it('precedes the bind result', async () => {
  const [message, result, ...more] = await told({ discoveryAtLogin: true });
  expect(message).toMatch(/^<message /);
  expect(message).toContain(`from="${domain}"`);
  expect(message).toContain('<query xmlns="http://jabber.org/protocol/disco#info">');
  for (const [type, name] of [
    ['polls', 'polls'],
    ['room_metadata', 'metadata'],
    ['lobbyrooms', 'lobby'],
    ['breakout_rooms', 'breakout'],
  ] as const) {
    expect(message).toContain(`<identity category="component" type="${type}" name="${name}.${domain}"/>`);
  }
  expect(message).toContain('<feature var="http://jitsi.org/protocol/breakout_rooms#rename"/>');
  const jid = /<jid>([^<]+)</.exec(result ?? '')?.[1];
  expect(result).toMatch(/^<iq [^>]*type="result"/);
  expect(message).toContain(`to="${jid}"`);
  expect(more).toEqual([]);
});

it('is said to nobody whose connection is for no room', async () => {
  expect(await told({ discoveryAtLogin: true }, '')).toEqual([expect.stringMatching(/^<iq /)]);
  const client = await RawTcp.guest(test.server.ports.c2s);
  client.send(bind);
  expect(await client.until(/<\/iq>/)).not.toContain('<message');
});

it('is not said unless the operator wants it', async () => {
  expect(await told({})).toEqual([expect.stringMatching(/^<iq /)]);
});
