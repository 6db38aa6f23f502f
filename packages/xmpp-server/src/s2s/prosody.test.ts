/** Federation with a server that nobody here has written: Debian's Prosody, by certificates and by dialback. */
import { afterEach, describe, expect, it } from 'vitest';
import { besideProsody, mantua, verona, type Neighbours } from '../testing/beside-prosody.js';
import type { RawTcp } from '../testing/raw-tcp.js';
import { prosodyIsInstalled } from '../testing/remote-prosody.js';

let running: Neighbours | undefined;

afterEach(async () => {
  await running?.stop();
  running = undefined;
});

async function both(...how: Parameters<typeof besideProsody>): Promise<Neighbours> {
  running = await besideProsody(...how);
  return running;
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

  it('and we acknowledge what we take, and need one stream only, where it has the modules for it', async () => {
    const { juliet, romeo, prosody } = await both('certificates', { modules: ['smacks', 's2s_bidi'] });
    for (let i = 0; i < 3; i++) {
      juliet.send(`<message type='chat' to='user@${mantua}/r'><body>there ${i}</body></message>`);
      await romeo.until(new RegExp(`<body>there ${i}</body>`));
      romeo.send(`<message type='chat' to='user@${verona}/r'><body>back ${i}</body></message>`);
      await juliet.until(new RegExp(`<body>back ${i}</body>`));
    }
    const log = await prosody.log();
    expect(log).toContain('Requested bidirectional stream');
    expect(log).toContain('Enabling stream management');
    expect(log).not.toContain('outgoing s2s connection');
  });

  it('that is gone leaves nobody behind in our rooms', async () => {
    const { juliet, romeo, prosody } = await both('certificates', { modules: ['smacks'] });
    const room = `hall@conference.${verona}`;
    for (const [client, nick] of [
      [juliet, 'a0000001'],
      [romeo, 'a0000002'],
    ] as const) {
      client.send(`<presence to='${room}/${nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>`);
      await client.until(/<status code=['"]110['"]/);
      if (client === juliet) {
        juliet.send(
          `<iq type='set' id='c' to='${room}'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query></iq>`,
        );
        await juliet.until(/<iq[^>]*id="c"[^>]*>/);
      }
    }
    await prosody.kill();
    juliet.send(`<message type='groupchat' to='${room}'><body>still there?</body></message>`);
    const gone = await juliet.until(
      /<presence[^>]*type="unavailable"(?:(?!<\/presence>).)*<status code="333"/,
    );
    expect(gone.slice(gone.lastIndexOf('<presence'))).toContain(`${room}/a0000002`);
  });
});
