import { expect, it } from 'vitest';
import { administers, configures, garden, join, refusal, room, verona } from './testing/verona.js';

const says = (text: string) =>
  `<message type='groupchat' id='m1' to='${room}'><body>${text}</body></message>`;

it('passes a message on to all, its sender included, with its id and what it does not know', () => {
  const { romeo, juliet } = garden();
  juliet.sends(`
    <message type='groupchat' id='m1' to='${room}'>
      <body>Wherefore</body>
      <json-message xmlns='http://jitsi.org/jitmeet'>{"type":"t"}</json-message>
      <x xmlns='http://jabber.org/protocol/muc#user'/>
      <stanza-id xmlns='urn:xmpp:sid:0' by='${room}' id='forged'/>
      <origin-id xmlns='urn:xmpp:sid:0' id='m1'/>
      <delay xmlns='urn:xmpp:delay' from='${room}' stamp='1999-01-01T00:00:00Z'/>
    </message>`);
  for (const actor of [romeo, juliet]) {
    const message = actor.receives(`
      <message type='groupchat' id='m1' from='${room}/juliet' to='${actor.jid.toString()}'>
        <body>Wherefore</body><json-message>{"type":"t"}</json-message>
        <stanza-id by='${room}'/><origin-id id='m1'/><occupant-id/>
      </message>`);
    expect(message.toString()).not.toMatch(/forged|1999|muc#user/);
  }
});

it('gives an id to a message that has none', () => {
  const { romeo } = garden();
  romeo.sends(`<message type='groupchat' to='${room}'><body>!</body></message>`);
  expect(romeo.receives(`<message type='groupchat'/>`).attrs['id']).toMatch(/^[0-9a-f-]{36}$/);
});

it('takes messages from nobody outside', () => {
  const { romeo, juliet } = verona();
  juliet.sends(says('Hello?'));
  juliet.receives(refusal('message', 'cancel', 'item-not-found'));
  romeo.joins(room, 'romeo');
  juliet.sends(says('Hello?'));
  juliet.receives(refusal('message', 'modify', 'not-acceptable'));
  romeo.receivesNothing();
});

it('lets visitors of a moderated room speak once they have a voice', () => {
  const { stage, romeo, juliet } = verona({ rooms: { moderated: true } });
  romeo.joins(room, 'romeo');
  juliet.joins(room, 'juliet');
  juliet.sends(says('Hark'));
  juliet.receives(refusal('message', 'auth', 'forbidden'));
  juliet.sends(`
    <message to='${room}'>
      <x xmlns='jabber:x:data' type='submit'>
        <field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#request</value></field>
        <field var='muc#role'><value>participant</value></field>
      </x>
    </message>`);
  romeo.receives(`
    <message from='${room}'>
      <x type='form'>
        <field var='muc#jid'><value>juliet@verona.lit/balcony</value></field>
        <field var='muc#roomnick'><value>juliet</value></field>
        <field var='muc#request_allow'/>
      </x>
    </message>`);
  const grant = `
    <message to='${room}'>
      <x xmlns='jabber:x:data' type='submit'>
        <field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#request</value></field>
        <field var='muc#roomnick'><value>juliet</value></field>
        <field var='muc#request_allow'><value>true</value></field>
      </x>
    </message>`;
  juliet.sends(grant);
  romeo.receives(`<message from='${room}'/>`);
  romeo.sends(grant);
  juliet.receives(
    `<presence from='${room}/juliet'><x><item role='participant'><actor nick='romeo'/></item></x></presence>`,
  );
  stage.everybodyIgnoresAll();
  juliet.sends(says('Hark'));
  romeo.receives(`<message from='${room}/juliet'><body>Hark</body></message>`);
});

it('carries private messages to all sessions of one occupant, and to nobody else', () => {
  const { stage, romeo, juliet } = garden();
  const phone = stage.actor('juliet@verona.lit/phone');
  phone.joins(room, 'juliet');
  romeo.sends(
    `<message type='chat' id='p1' to='${room}/juliet'><body>Psst</body><unknown xmlns='a:b'/></message>`,
  );
  for (const actor of [juliet, phone]) {
    actor.receives(`
      <message type='chat' id='p1' from='${room}/romeo'>
        <body>Psst</body><unknown xmlns='a:b'/><x xmlns='http://jabber.org/protocol/muc#user'/>
      </message>`);
  }
  romeo.receivesNothing();
});

it('refuses private messages from outside, to nobody, and for all', () => {
  const { stage, romeo } = garden();
  const tybalt = stage.actor('tybalt@verona.lit/street');
  tybalt.sends(`<message type='chat' to='${room}/juliet'><body>Ha</body></message>`);
  tybalt.receives(refusal('message', 'modify', 'not-acceptable'));
  romeo.sends(`<message type='chat' to='${room}/rosaline'><body>Ha</body></message>`);
  romeo.receives(refusal('message', 'cancel', 'item-not-found'));
  romeo.sends(`<message type='groupchat' to='${room}/juliet'><body>Ha</body></message>`);
  romeo.receives(refusal('message', 'modify', 'bad-request'));
});

it('lets the owner end private talk, but not the way to a moderator', () => {
  const { stage, romeo, juliet } = garden();
  const nurse = stage.actor('nurse@verona.lit/hall');
  nurse.joins(room, 'nurse');
  configures(romeo, { 'muc#roomconfig_allowpm': 'moderators' });
  stage.everybodyIgnoresAll();
  juliet.sends(`<message type='chat' to='${room}/nurse'><body>Psst</body></message>`);
  juliet.receives(refusal('message', 'modify', 'policy-violation'));
  nurse.receivesNothing();
  juliet.sends(`<message type='chat' to='${room}/romeo'><body>Psst</body></message>`);
  romeo.receives(`<message><body>Psst</body></message>`);
});

it('leaves the subject to moderators, unless the owner opens it to all', () => {
  const { stage, romeo, juliet } = garden();
  const subject = `<message type='groupchat' to='${room}'><subject>Stars</subject></message>`;
  juliet.sends(subject);
  juliet.receives(refusal('message', 'auth', 'forbidden'));
  configures(romeo, { 'muc#roomconfig_changesubject': '1' });
  stage.everybodyIgnoresAll();
  juliet.sends(subject);
  romeo.receives(`<message type='groupchat' from='${room}/juliet'><subject>Stars</subject></message>`);
  const nurse = stage.actor('nurse@verona.lit/hall');
  nurse.sends(join('nurse'));
  expect(nurse.inbox.at(-1)?.toString()).toContain('<subject>Stars</subject>');
  romeo.sends(`<message type='groupchat' to='${room}'><subject/></message>`);
  romeo.sends(
    `<message type='groupchat' to='${room}'><subject>No subject</subject><body>but talk</body></message>`,
  );
  const page = stage.actor('page@verona.lit/hall');
  page.sends(join('page'));
  expect(page.inbox.at(-1)?.getChildText('subject')).toBe('');
});

it('keeps what is worth reading for newcomers, and no more than they want', () => {
  const { stage, romeo } = garden({ rooms: { historyLength: 3 } });
  for (const text of ['one', 'two', 'three', 'four']) romeo.sends(says(text));
  romeo.sends(
    `<message type='groupchat' to='${room}'><json-message xmlns='http://jitsi.org/jitmeet'>{}</json-message></message>`,
  );
  romeo.sends(`<message type='groupchat' to='${room}'/>`);
  romeo.sends(
    `<message type='groupchat' to='${room}'><body>off the record</body><no-store xmlns='urn:xmpp:hints'/></message>`,
  );
  const heard = (name: string, asks: string) => {
    const actor = stage.actor(`${name}@verona.lit/hall`);
    actor.sends(
      `<presence to='${room}/${name}'><x xmlns='http://jabber.org/protocol/muc'>${asks}</x></presence>`,
    );
    return actor.inbox
      .filter((stanza) => stanza.getChild('body') !== undefined)
      .map((stanza) => stanza.getChildText('body'));
  };
  expect(heard('a', '')).toEqual(['two', 'three', 'four']);
  expect(heard('b', `<history maxstanzas='1'/>`)).toEqual(['four']);
  expect(heard('c', `<history maxstanzas='0'/>`)).toEqual([]);
  expect(heard('d', `<history maxchars='0'/>`)).toEqual([]);
  expect(heard('e', `<history seconds='600'/>`)).toEqual(['two', 'three', 'four']);
  expect(heard('f', `<history since='2100-01-01T00:00:00Z'/>`)).toEqual([]);
  expect(heard('g', `<history since='nonsense' maxstanzas='-1'/>`)).toEqual(['two', 'three', 'four']);
});

it('gives each person an id that outlives nicknames and tells nothing', () => {
  const { romeo, juliet } = garden();
  const idOf = (stanza: { getChild(name: string): { attrs: Record<string, unknown> } | undefined }) =>
    stanza.getChild('occupant-id')?.attrs['id'];
  juliet.sends(says('one'));
  const first = idOf(romeo.receives('<message/>'));
  juliet.leaves(`${room}/juliet`);
  romeo.ignoresAll();
  juliet.sends(join('capulet'));
  const second = idOf(romeo.receives('<presence/>'));
  expect(first).toMatch(/^[\w+/=]{44}$/);
  expect(second).toBe(first);
  romeo.sends(says('two'));
  expect(idOf(romeo.receives('<message/>'))).not.toBe(first);
});

it('takes the floor from who is kicked', () => {
  const { romeo, juliet } = garden();
  administers(romeo, `<item nick='juliet' role='none'/>`);
  juliet.ignoresAll();
  juliet.sends(says('But...'));
  juliet.receives(refusal('message', 'modify', 'not-acceptable'));
});
