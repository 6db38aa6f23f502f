/** Federation with another server that nobody here has written: Debian's ejabberd, by certificates. */
import { afterEach, describe, expect, it } from 'vitest';
import { authority, bind, certified, login, Ports, startFederated } from '../testing/federated.js';
import { RawTcp, streamHeader } from '../testing/raw-tcp.js';
import { ejabberdIsInstalled, startRemoteEjabberd } from '../testing/remote-ejabberd.js';
import type { RemoteServer } from '../testing/remote-prosody.js';
import type { TestServer } from '../testing/test-server.js';

const here = 'localhost';
const mantua = 'mantua.example';

let ours: TestServer | undefined;
let ejabberd: RemoteServer | undefined;

afterEach(async () => {
  await Promise.all([ours?.stop(), ejabberd?.stop()]);
  ours = ejabberd = undefined;
});

const title = ejabberdIsInstalled
  ? 'ejabberd'
  : 'ejabberd (which is not installed: `apt-get install ejabberd`)';

describe.skipIf(!ejabberdIsInstalled)(title, { timeout: 60_000 }, () => {
  it('and we pass messages on, and let our users see each other', async () => {
    const ports = new Ports();
    ours = await startFederated(here, mantua, ports);
    ejabberd = await startRemoteEjabberd({
      domain: mantua,
      certificate: await certified(mantua),
      authorities: (await authority).pem,
      peerPort: ours.server.ports.s2s ?? 0,
    });
    ports.set(mantua, ejabberd.s2s);
    const romeo = await RawTcp.open(ejabberd.c2s);
    romeo.send(streamHeader(mantua));
    await romeo.until(/<\/stream:features>/);
    await bind(romeo, mantua);
    const juliet = await login(ours.server.ports.c2s, here);

    juliet.send(`<message type='chat' to='user@${mantua}/r'><body>hello</body></message>`);
    expect(await romeo.until(/<message.*?<\/message>/)).toMatch(/from=['"]user@localhost\/r['"]/);
    romeo.send(`<message type='chat' to='user@${here}/r'><body>back</body></message>`);
    expect(await juliet.until(/<message.*?<\/message>/)).toContain('<body>back</body>');

    for (const client of [juliet, romeo]) {
      client.send("<presence/><iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>");
      await client.until(/<iq[^>]*id=['"]r['"].*?<query.*?>/);
    }
    juliet.send(`<presence type='subscribe' to='user@${mantua}'/>`);
    await romeo.until(/<presence[^>]*type=['"]subscribe['"][^>]*>/);
    romeo.send(`<presence type='subscribed' to='user@${here}'/>`);
    await juliet.until(/subscription="to"/);
    await juliet.until(new RegExp(`<presence[^>]*from="user@${mantua}/r"`));
  });
});
