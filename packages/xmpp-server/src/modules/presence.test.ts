import { afterEach, beforeEach, describe, it } from 'vitest';
import { Dialogue, type Actor } from '../testing/dialogue.js';

let stage: Dialogue;
let romeo: Actor;
let juliet: Actor;

beforeEach(async () => {
  stage = await Dialogue.open();
  romeo = await stage.client('romeo', 'orchard');
  juliet = await stage.client('juliet', 'balcony');
});

afterEach(() => stage.close());

/** @param seen sees the presence of `who` from now on */
async function shows(who: Actor, seen: Actor): Promise<void> {
  await seen.sends(`<presence to='${who.bare}' type='subscribe'/>`);
  await who.sends(`<presence to='${seen.bare}' type='subscribed'/>`);
  stage.everybodyIgnoresAll();
}

describe('initial presence (RFC 6121 s.4.2)', () => {
  it('comes back to who sends it, and goes to the other sessions, which show themselves', async () => {
    const phone = await (await stage.client('romeo', 'phone')).comesOnline(1);
    const mute = await stage.client('romeo', 'mute');
    await romeo.sends('<presence><show>away</show></presence>');
    romeo.receives(`<presence from='${romeo.jid}' to='${romeo.jid}'><show>away</show></presence>`);
    romeo.receives(
      `<presence from='${phone.jid}' to='${romeo.jid}'><priority>1</priority><delay xmlns='urn:xmpp:delay'/></presence>`,
    );
    romeo.receivesNothing();
    phone.receives(`<presence from='${romeo.jid}' to='${phone.jid}'><show>away</show></presence>`);
    phone.receivesNothing();
    mute.receivesNothing();
  });

  it('reaches subscribers, and brings the presence of those subscribed to', async () => {
    await shows(romeo, juliet);
    const nurse = await stage.client('nurse', 'street');
    await shows(nurse, romeo);
    await juliet.comesOnline();
    await nurse.comesOnline();
    await romeo.sends('<presence/>');
    romeo.receivesAll(
      `<presence from='${romeo.jid}'/>`,
      `<presence from='${nurse.jid}' to='${romeo.jid}'><delay xmlns='urn:xmpp:delay'/></presence>`,
    );
    juliet.receives(`<presence from='${romeo.jid}' to='${juliet.bare}'/>`);
    juliet.receivesNothing();
    nurse.receivesNothing();
  });

  it('learns that a contact is not there', async () => {
    await shows(juliet, romeo);
    await romeo.sends('<presence/>');
    romeo.receivesAll(
      `<presence from='${romeo.jid}'/>`,
      `<presence type='unavailable' from='${juliet.bare}' to='${romeo.jid}'/>`,
    );
  });
});

describe('later presence (s.4.4, s.4.5)', () => {
  beforeEach(async () => {
    await shows(romeo, juliet);
    await romeo.comesOnline();
    await juliet.comesOnline();
  });

  it('reaches subscribers without asking anybody again', async () => {
    await shows(juliet, romeo);
    await romeo.sends('<presence><show>dnd</show></presence>');
    juliet.receives(`<presence from='${romeo.jid}'><show>dnd</show></presence>`);
    romeo.receives(`<presence from='${romeo.jid}'><show>dnd</show></presence>`);
    romeo.receivesNothing();
  });

  it('says that a session leaves', async () => {
    await romeo.sends("<presence type='unavailable'><status>Banished</status></presence>");
    juliet.receives(`<presence type='unavailable' from='${romeo.jid}'><status>Banished</status></presence>`);
    juliet.receivesNothing();
    romeo.receives(`<presence type='unavailable' from='${romeo.jid}' to='${romeo.jid}'/>`);
    await romeo.sends("<presence type='unavailable'/>");
    juliet.receivesNothing();
    romeo.receivesNothing();
  });

  it('is said for a session that is gone', async () => {
    await romeo.vanishes();
    juliet.receives(`<presence type='unavailable' from='${romeo.jid}' to='${juliet.bare}'/>`);
    juliet.receivesNothing();
  });

  it('is said once to who had directed presence too', async () => {
    await romeo.sends(`<presence to='${juliet.bare}'/>`);
    juliet.ignoresAll();
    await romeo.vanishes();
    juliet.receives(`<presence type='unavailable' from='${romeo.jid}'/>`);
    juliet.receivesNothing();
  });

  it('is not said for a session that never was available', async () => {
    const mute = await stage.client('romeo', 'mute');
    await mute.vanishes();
    juliet.receivesNothing();
    romeo.receivesNothing();
  });
});

describe('directed presence (s.4.6)', () => {
  it('reaches strangers, who learn when the session leaves', async () => {
    await juliet.comesOnline();
    await romeo.sends(`<presence to='${juliet.jid}'/>`);
    juliet.receives(`<presence from='${romeo.jid}' to='${juliet.jid}'/>`);
    await romeo.comesOnline();
    await romeo.sends('<presence><show>away</show></presence>');
    juliet.receivesNothing();
    await romeo.sends("<presence type='unavailable'><status>Gone</status></presence>");
    juliet.receives(`<presence type='unavailable' from='${romeo.jid}'><status>Gone</status></presence>`);
    await romeo.vanishes();
    juliet.receivesNothing();
  });

  it('is over once it has been withdrawn', async () => {
    await juliet.comesOnline();
    await romeo.sends(`<presence to='${juliet.bare}'/>`);
    await romeo.sends(`<presence to='${juliet.bare}' type='unavailable'/>`);
    juliet.ignoresAll();
    await romeo.vanishes();
    juliet.receivesNothing();
  });
});

describe('a probe (s.4.3)', () => {
  it('is answered to subscribers, and never shown to clients', async () => {
    await shows(romeo, juliet);
    const phone = await (await stage.client('romeo', 'phone')).comesOnline(-1);
    await romeo.comesOnline();
    await juliet.comesOnline();
    await juliet.sends(`<presence type='probe' to='${romeo.bare}'/>`);
    juliet.receivesAll(`<presence from='${romeo.jid}'/>`, `<presence from='${phone.jid}'/>`);
    await juliet.sends(`<presence type='probe' to='${phone.jid}'/>`);
    juliet.receivesAll(`<presence from='${phone.jid}'/>`);
    romeo.receivesNothing();
    phone.receivesNothing();
  });

  it.each([
    ['who is online', 'romeo', true],
    ['who is offline', 'romeo', false],
    ['who does not exist', 'nobody', false],
  ])('tells a stranger nothing about %s', async (_, username, online) => {
    if (online) await romeo.comesOnline();
    await juliet.comesOnline();
    for (const to of [`${username}@verona.lit`, `${username}@verona.lit/orchard`]) {
      await juliet.sends(`<presence type='probe' to='${to}'/>`);
      // `unsubscribed` is the answer to all of them, which the stranger's own roster swallows.
      juliet.receivesNothing();
    }
  });

  it('of the account’s own sessions is answered', async () => {
    const phone = await stage.client('romeo', 'phone');
    await romeo.comesOnline();
    await phone.sends(`<presence type='probe' to='${romeo.bare}'/>`);
    phone.receives(`<presence from='${romeo.jid}' to='${phone.jid}'/>`);
  });
});

describe('presence of strangers', () => {
  it('is neither sent to them, nor asked for', async () => {
    await romeo.comesOnline();
    const guest = stage.stranger('g@guest.verona.lit/x');
    await juliet.sends('<presence/>');
    await romeo.sends('<presence><show>chat</show></presence>');
    juliet.receives(`<presence from='${juliet.jid}'/>`);
    juliet.receivesNothing();
    guest.receivesNothing();
  });

  it('does not reach a service that admits only its own', async () => {
    const focus = stage.stranger('focus@auth.verona.lit/focus');
    await romeo.comesOnline();
    await romeo.sends("<presence type='subscribe' to='focus@auth.verona.lit'/>");
    focus.receivesNothing();
    romeo.receives(`<presence type='error' from='focus@auth.verona.lit' to='${romeo.bare}'/>`);
  });
});
