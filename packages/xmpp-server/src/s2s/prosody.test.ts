/** Federation with a server that nobody here has written: Debian's Prosody, by certificates and by dialback. */
import { afterEach, describe, expect, it } from 'vitest';
import { selfSigned } from '../testing/certificate.js';
import { authority, bind, certified, login, Ports, startFederated } from '../testing/federated.js';
import { RawTcp, streamHeader } from '../testing/raw-tcp.js';
import { prosodyIsInstalled, startRemoteProsody, type RemoteServer } from '../testing/remote-prosody.js';
import type { TestServer } from '../testing/test-server.js';

const verona = 'verona.example';
const mantua = 'mantua.example';

let ours: TestServer | undefined;
let prosody: RemoteServer | undefined;

afterEach(async () => {
  await Promise.all([ours?.stop(), prosody?.stop()]);
  ours = prosody = undefined;
});

/** Juliet is with us, Romeo with Prosody. */
async function both(by: 'certificates' | 'dialback'): Promise<{ juliet: RawTcp; romeo: RawTcp }> {
  const secure = by === 'certificates';
  const certificate = (domain: string) => (secure ? certified(domain) : selfSigned(domain));
  const ports = new Ports();
  ours = await startFederated(verona, mantua, ports, {
    certificate: await certificate(verona),
    dialback: !secure,
  });
  prosody = await startRemoteProsody({
    domain: mantua,
    certificate: await certificate(mantua),
    authorities: (await authority).pem,
    secure,
    peerPort: ours.server.ports.s2s ?? 0,
  });
  ports.set(mantua, prosody.s2s);
  const romeo = await RawTcp.open(prosody.c2s);
  romeo.send(streamHeader(mantua));
  await romeo.until(/<\/stream:features>/);
  await bind(romeo, mantua);
  return { juliet: await login(ours.server.ports.c2s, verona), romeo };
}

const title = prosodyIsInstalled ? 'Prosody' : 'Prosody (which is not installed: `apt-get install prosody`)';

describe.skipIf(!prosodyIsInstalled)(title, { timeout: 30_000 }, () => {
  it.each(['certificates', 'dialback'] as const)('and we pass messages on, by %s', async (by) => {
    const { juliet, romeo } = await both(by);
    juliet.send(`<message type='chat' to='user@${mantua}/r'><body>one</body></message>`);
    juliet.send(`<message type='chat' to='user@${mantua}/r'><body>two</body></message>`);
    const first = await romeo.until(/<message.*?<\/message>/);
    expect(first).toContain('<body>one</body>');
    expect(first).toMatch(new RegExp(`from=['"]user@${verona}/r['"]`));
    expect(await romeo.until(/<message.*?<\/message>/)).toContain('<body>two</body>');
    romeo.send(`<message type='chat' to='user@${verona}/r'><body>back</body></message>`);
    expect(await juliet.until(/<message.*?<\/message>/)).toContain('<body>back</body>');
  });

  it.each(['certificates', 'dialback'] as const)('begins just as well, by %s', async (by) => {
    const { juliet, romeo } = await both(by);
    romeo.send(`<iq type='get' id='1' to='${verona}'><ping xmlns='urn:xmpp:ping'/></iq>`);
    expect(await romeo.until(/<iq.*?>/)).toMatch(/type=['"]result/);
    romeo.send(`<message type='chat' to='user@${verona}/r'><body>first</body></message>`);
    expect(await juliet.until(/<message.*?<\/message>/)).toContain('<body>first</body>');
  });

  it('and we let our users see each other', async () => {
    const { juliet, romeo } = await both('certificates');
    for (const client of [juliet, romeo]) {
      client.send("<presence/><iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>");
      await client.until(/<iq[^>]*id=['"]r['"].*?<query.*?>/);
    }
    juliet.send(`<presence type='subscribe' to='user@${mantua}'/>`);
    await romeo.until(/<presence[^>]*type=['"]subscribe['"][^>]*>/);
    romeo.send(`<presence type='subscribed' to='user@${verona}'/>`);
    await juliet.until(/subscription="to"/);
    await juliet.until(new RegExp(`<presence[^>]*from="user@${mantua}/r"`));
    romeo.send(`<presence type='subscribe' to='user@${verona}'/>`);
    await juliet.until(/<presence[^>]*type="subscribe"[^>]*>/);
    juliet.send(`<presence type='subscribed' to='user@${mantua}'/>`);
    await romeo.until(new RegExp(`<presence[^>]*from=['"]user@${verona}/r['"]`));
    romeo.send('</stream:stream>');
    await juliet.until(/type="unavailable"/);
  });

  it('lets our users into its rooms, and its users come into ours', async () => {
    const { juliet, romeo } = await both('certificates');
    const join = (room: string, nick: string): string =>
      `<presence to='${room}/${nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>`;
    const meet = async (room: string, first: RawTcp, second: RawTcp): Promise<void> => {
      first.send(join(room, 'a0000001'));
      await first.until(/<status code=['"]110['"]/);
      first.send(
        `<iq type='set' id='c' to='${room}'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query></iq>`,
      );
      await first.until(/<iq[^>]*id=['"]c['"][^>]*>/);
      second.send(join(room, 'a0000002'));
      await second.until(/<status code=['"]110['"]/);
      second.send(`<message type='groupchat' to='${room}'><body>hello</body></message>`);
      await first.until(/<body>hello<\/body>/);
      second.send(`<presence type='unavailable' to='${room}/a0000002'/>`);
      await first.until(/<presence[^>]*type=['"]unavailable['"]/);
    };
    await meet(`hall@conference.${mantua}`, romeo, juliet);
    await meet(`hall@conference.${verona}`, juliet, romeo);
  });
});
