import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Dialogue, type Actor } from '../testing/dialogue.js';

let stage: Dialogue;
let romeo: Actor;
let phone: Actor;
let tybalt: Actor;

const command = (name: string, ...jids: string[]) =>
  `<iq type='set' id='b'><${name} xmlns='urn:xmpp:blocking'>${jids.map((jid) => `<item jid='${jid}'/>`).join('')}</${name}></iq>`;
const list = (...jids: string[]) =>
  `<blocklist xmlns='urn:xmpp:blocking'>${jids.map((jid) => `<item jid='${jid}'/>`).join('')}</blocklist>`;
const asks = `<iq type='get' id='l'>${list()}</iq>`;
const done = "<iq type='result' id='b'/>";

async function block(...jids: string[]): Promise<void> {
  await romeo.sends(command('block', ...jids));
  romeo.receives(done);
}

beforeEach(async () => {
  stage = await Dialogue.open();
  romeo = await (await stage.client('romeo', 'orchard')).comesOnline();
  phone = await stage.client('romeo', 'phone');
  tybalt = await (await stage.client('tybalt', 'street')).comesOnline();
  stage.everybodyIgnoresAll();
});

afterEach(() => stage.close());

describe('a list of who is blocked (XEP-0191)', () => {
  it('is kept, and pushed to who has asked for it', async () => {
    await phone.sends(asks);
    expect(phone.receives("<iq type='result' id='l'/>").getChild('blocklist')?.children).toEqual([]);
    await romeo.sends(command('block', 'TYBALT@verona.lit', 'rooms.example.net'));
    romeo.receives(done);
    romeo.receivesNothing();
    phone.receives(
      command('block', 'tybalt@verona.lit', 'rooms.example.net').replace("id='b'", `to='${phone.jid}'`),
    );
    await romeo.sends(asks);
    romeo.receives(`<iq type='result' id='l'>${list('tybalt@verona.lit', 'rooms.example.net')}</iq>`);
    await phone.sends(command('unblock', 'tybalt@verona.lit'));
    phone.receives(
      "<iq type='set'><unblock xmlns='urn:xmpp:blocking'><item jid='tybalt@verona.lit'/></unblock></iq>",
    );
    await romeo.sends(command('unblock'));
    await romeo.sends(asks);
    romeo.receivesAll(
      "<iq type='set'><unblock/></iq>",
      "<iq type='set'><unblock/></iq>",
      done,
      "<iq type='result' id='l'><blocklist/></iq>",
    );
  });

  it('outlives the server', async () => {
    await block(tybalt.bare);
    const { storage } = stage;
    stage.close();
    stage = await Dialogue.open(undefined, storage);
    tybalt = await (await stage.client('tybalt', 'street')).comesOnline();
    await tybalt.sends("<message id='1' type='chat' to='romeo@verona.lit'><body>!</body></message>");
    await tybalt.sends("<message id='2' type='chat' to='romeo@verona.lit'><body>!</body></message>");
    for (const id of ['1', '2']) {
      tybalt.receives(`<message id='${id}' type='error'><error><service-unavailable/></error></message>`);
    }
    romeo = await stage.client('romeo', 'orchard');
    await romeo.sends('<presence/>');
    romeo.receives(`<presence from='${romeo.jid}'/>`);
    romeo.receivesNothing();
  });

  it.each([
    ['nothing', [], 'bad-request'],
    ['what is no address', ['a@@b'], 'jid-malformed'],
    ['oneself', ['romeo@verona.lit'], 'not-allowed'],
    ['one’s own server', ['verona.lit'], 'not-allowed'],
    ['too many', Array.from({ length: 1001 }, (_, i) => `${i}@example.net`), 'resource-constraint'],
  ])('does not take %s', async (_, jids, condition) => {
    await romeo.sends(command('block', ...jids));
    romeo.receives(`<iq type='error' id='b'><error><${condition}/></error></iq>`);
  });
});

describe('who is blocked', () => {
  it('reaches nobody, and does not learn more than that', async () => {
    await block(tybalt.bare);
    await tybalt.sends(`<message id='1' type='chat' to='${romeo.jid}'><body>!</body></message>`);
    tybalt.receives(
      "<message id='1' type='error'><error type='cancel'><service-unavailable/></error></message>",
    );
    await tybalt.sends(`<iq id='2' type='get' to='${romeo.jid}'><ping xmlns='urn:xmpp:ping'/></iq>`);
    tybalt.receives("<iq id='2' type='error'><error type='cancel'><service-unavailable/></error></iq>");
    await tybalt.sends(`<iq id='3' type='get' to='${romeo.bare}'><vCard xmlns='vcard-temp'/></iq>`);
    tybalt.receives("<iq id='3' type='error'><error type='cancel'><service-unavailable/></error></iq>");
    for (const stanza of [
      `<presence to='${romeo.jid}'/>`,
      `<presence type='probe' to='${romeo.bare}'/>`,
      `<presence type='subscribe' to='${romeo.bare}'/>`,
      `<message type='headline' to='${romeo.bare}'><body>!</body></message>`,
      `<message type='error' to='${romeo.jid}'/>`,
      `<iq id='4' type='result' to='${romeo.jid}'/>`,
    ]) {
      await tybalt.sends(stanza);
    }
    tybalt.receivesNothing();
    romeo.receivesNothing();
  });

  it.each(['tybalt@verona.lit', 'tybalt@verona.lit/street'])('is known by %s', async (jid) => {
    await block(jid);
    const other = await stage.client('tybalt', 'home');
    for (const sender of [tybalt, other]) {
      await sender.sends(`<message type='chat' to='${romeo.jid}'><body>${sender.jid}</body></message>`);
    }
    if (jid.includes('/')) romeo.receives(`<message from='${other.jid}'/>`);
    romeo.receivesNothing();
  });

  it('is known by a domain, as its guests are', async () => {
    await block('guest.verona.lit');
    const guest = stage.stranger('g@guest.verona.lit/x');
    await guest.sends(`<message id='1' type='chat' to='${romeo.jid}'><body>!</body></message>`);
    guest.receives("<message type='error' id='1'/>");
    romeo.receivesNothing();
  });

  it('does not invite through a room', async () => {
    await block(tybalt.bare);
    const room = stage.stranger('r@conference.verona.lit');
    await room.sends(
      `<message to='${romeo.bare}'><x xmlns='http://jabber.org/protocol/muc#user'><invite from='${tybalt.jid}'/></x></message>`,
    );
    romeo.receivesNothing();
  });

  it('is not spoken to either', async () => {
    await block(tybalt.bare);
    for (const [name, type] of [
      ['message', 'chat'],
      ['iq', 'get'],
    ]) {
      await romeo.sends(
        `<${name} id='1' type='${type}' to='${tybalt.jid}'><x xmlns='urn:example'/></${name}>`,
      );
      romeo.receives(
        `<${name} id='1' type='error'><error type='cancel'><not-acceptable/><blocked xmlns='urn:xmpp:blocking:errors'/></error></${name}>`,
      );
    }
    tybalt.receivesNothing();
  });
});

describe('a contact', () => {
  beforeEach(async () => {
    await tybalt.sends(`<presence type='subscribe' to='${romeo.bare}'/>`);
    await romeo.sends(`<presence type='subscribed' to='${tybalt.bare}'/>`);
    await romeo.sends(`<presence type='subscribe' to='${tybalt.bare}'/>`);
    await tybalt.sends(`<presence type='subscribed' to='${romeo.bare}'/>`);
    stage.everybodyIgnoresAll();
  });

  it('that is blocked sees the user go, hears no more, and sees the user come back', async () => {
    await block(tybalt.bare);
    tybalt.receives(`<presence type='unavailable' from='${romeo.jid}'/>`);
    await romeo.sends('<presence><show>away</show></presence>');
    romeo.ignoresAll();
    tybalt.receivesNothing();
    await romeo.sends(command('unblock', tybalt.bare));
    tybalt.receives(`<presence from='${romeo.jid}'><show>away</show></presence>`);
    romeo.receivesAll(`<presence from='${tybalt.jid}'/>`, done);
  });

  it('that has asked and is blocked is forgotten', async () => {
    const paris = await (await stage.client('paris', 'hall')).comesOnline();
    await paris.sends(`<presence type='subscribe' to='${romeo.bare}'/>`);
    stage.everybodyIgnoresAll();
    await block(paris.bare);
    await phone.sends('<presence/>');
    expect(phone.inbox.map(({ attrs }) => String(attrs['type']))).not.toContain('subscribe');
  });
});
