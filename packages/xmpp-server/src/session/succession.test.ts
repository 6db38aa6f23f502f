/** The focus comes back as another process while its session waits to be resumed: it keeps its places in rooms. */
import { afterEach, describe, expect, it } from 'vitest';
import { RawTcp, streamHeader } from '../testing/raw-tcp.js';
import { domain, startTestServer, type TestServer } from '../testing/test-server.js';

let test: TestServer;

afterEach(() => test.stop());

const room = `hall@conference.${domain}`;
const enter = (nick: string) =>
  `<presence to='${room}/${nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>`;
const bind = (resource: string) =>
  `<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>${resource}</resource></bind></iq>`;

/** The focus, bound and resumable. */
async function focus(): Promise<RawTcp> {
  const host = `auth.${domain}`;
  const client = await RawTcp.secured(test.server.ports.c2s, host);
  const credentials = Buffer.from('\0focus\0focus secret').toString('base64');
  client.send(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${credentials}</auth>`);
  await client.until(/<success[^>]*>/);
  client.send(streamHeader(host));
  await client.until(/<\/stream:features>/);
  client.send(bind('focus'));
  await client.until(/<\/iq>/);
  client.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
  await client.until(/<enabled [^>]*>/);
  return client;
}

async function guest(): Promise<RawTcp> {
  const client = await RawTcp.guest(test.server.ports.c2s);
  client.send(bind(''));
  await client.until(/<\/iq>/);
  client.send(enter('guest'));
  await client.until(/<subject[^>]*>/);
  return client;
}

/** A room with the focus, whose connection is cut, and a guest. */
async function meeting(succession?: number): Promise<{ witness: RawTcp }> {
  test = await startTestServer(succession === undefined ? {} : { limits: { succession } });
  const first = await focus();
  first.send(enter('focus'));
  await first.until(/<subject[^>]*>/);
  const witness = await guest();
  first.cut();
  await expect
    .poll(() => test.server.sessions(`auth.${domain}`).map(({ state }) => state))
    .toEqual(['hibernating']);
  return { witness };
}

describe('a service whose session is replaced at its address', () => {
  it('is not seen to leave the rooms that it enters again', async () => {
    const { witness } = await meeting();
    const second = await focus();
    second.send(enter('focus'));
    expect(await second.until(/<subject[^>]*>/)).toContain(`from="${room}/guest"`);
    const seen = await witness.until(new RegExp(`<presence [^>]*from="${room}/focus"[^>]*>`));
    expect(seen).not.toContain('unavailable');
    second.send(`<presence type='unavailable' to='${room}/focus'/>`);
    expect(await witness.until(/<presence [^>]*>/)).toContain('type="unavailable"');
  });

  it('leaves the others when its time is over', async () => {
    const { witness } = await meeting(1);
    await focus();
    expect(await witness.until(new RegExp(`<presence [^>]*from="${room}/focus"[^>]*>`))).toContain(
      'unavailable',
    );
  });
});
