import { expect, it } from 'vitest';
import { meetingId } from '../conference/index.js';
import type { Actor } from './testing/stage.js';
import { configures, garden, refusal, room, verona } from './testing/verona.js';

const info = `<iq type='get' id='i1' to='${room}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`;
const items = `<iq type='get' id='i2' to='${room}'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>`;

it('describes a room to those in it', () => {
  const { romeo, juliet } = garden();
  configures(romeo, { 'muc#roomconfig_roomsecret': 'rosaline', 'muc#roomconfig_roomname': 'Garden' });
  juliet.ignoresAll();
  juliet.sends(info);
  juliet.receives(`
    <iq type='result' id='i1' from='${room}'>
      <query xmlns='http://jabber.org/protocol/disco#info'>
        <identity category='conference' type='text' name='Garden'/>
        <feature var='http://jabber.org/protocol/muc'/>
        <feature var='muc_passwordprotected'/><feature var='muc_nonanonymous'/><feature var='muc_open'/>
        <feature var='muc_hidden'/><feature var='muc_temporary'/><feature var='muc_unmoderated'/>
        <feature var='urn:xmpp:occupant-id:0'/>
        <x xmlns='jabber:x:data' type='result'>
          <field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roominfo</value></field>
          <field var='muc#roominfo_occupants'><value>2</value></field>
        </x>
      </query>
    </iq>`);
});

it('says nothing of a hidden room to strangers, and never who is in it', () => {
  const { stage, romeo, juliet } = garden();
  const tybalt = stage.actor('tybalt@verona.lit/street');
  for (const question of [info, items]) {
    tybalt.sends(question);
    tybalt.receives(refusal('iq', 'auth', 'forbidden'));
  }
  juliet.sends(items);
  expect(juliet.receives(`<iq type='result'/>`).getChild('query')?.children).toEqual([]);
  romeo.sends(info.replace(room, 'tomb@rooms.verona.lit'));
  romeo.receives(refusal('iq', 'cancel', 'item-not-found'));
});

it('lists public rooms for as long as they are public', () => {
  const { stage, romeo } = verona({ rooms: { public: true } });
  const listed = () => stage.host.disco.items.map(({ jid, name }) => [jid, name]);
  romeo.joins(room, 'romeo');
  expect(listed()).toEqual([[room, 'garden']]);
  configures(romeo, { 'muc#roomconfig_roomname': 'The garden' });
  expect(listed()).toEqual([[room, 'The garden']]);
  configures(romeo, { 'muc#roomconfig_publicroom': '0' });
  expect(listed()).toEqual([]);
  configures(romeo, { 'muc#roomconfig_publicroom': '1' });
  romeo.leaves(room);
  expect(listed()).toEqual([]);
});

it('gives each meeting an id and a beginning, in the description and in the form', () => {
  const { stage, romeo } = verona();
  stage.load(meetingId);
  const ask = (): Record<string, string | undefined> => {
    romeo.sends(info);
    const described = romeo.receives(`<iq type='result'/>`).getChild('query')?.getChild('x');
    const fields = described?.getChildren('field') ?? [];
    return Object.fromEntries(
      fields.map((field) => [String(field.attrs['var']), field.getChildText('value') ?? undefined]),
    );
  };
  romeo.joins(room, 'romeo');
  const first = ask();
  expect(first['muc#roominfo_meetingId']).toMatch(/^[0-9a-f-]{36}$/);
  expect(ask()).toEqual(first);
  romeo.sends(
    `<iq type='get' id='f' to='${room}'><query xmlns='http://jabber.org/protocol/muc#owner'/></iq>`,
  );
  romeo.receives(`
    <iq type='result'><query><x type='form'>
      <field var='muc#roominfo_meetingId'><value>${String(first['muc#roominfo_meetingId'])}</value></field>
    </x></query></iq>`);
  configures(romeo, { 'muc#roominfo_meetingId': 'mine' });
  romeo.ignoresAll();
  expect(ask()).toEqual(first);
  romeo.leaves(room);
  romeo.joins(room, 'romeo');
  expect(ask()['muc#roominfo_meetingId']).not.toBe(first['muc#roominfo_meetingId']);
});

it('says that it takes nothing out of what is said (muc#traffic), and knows no other nodes', () => {
  const { romeo } = garden();
  const asks = (node: string, kind = 'info'): void =>
    romeo.sends(
      `<iq type='get' id='n' to='${room}'><query xmlns='http://jabber.org/protocol/disco#${kind}' node='${node}'/></iq>`,
    );
  asks('http://jabber.org/protocol/muc#traffic');
  romeo.receives(refusal('iq', 'cancel', 'service-unavailable'));
  for (const kind of ['info', 'items']) {
    asks('http://jabber.org/protocol/muc#rooms', kind);
    romeo.receives(refusal('iq', 'cancel', 'item-not-found'));
  }
});

it('tells the subject where anybody may walk in, and the owners where all see each other', () => {
  const { stage, romeo, juliet } = garden();
  const tybalt = stage.actor('tybalt@verona.lit/street');
  const fields = (who: Actor): string => {
    who.ignoresAll();
    who.sends(info);
    const form = who.receives(`<iq type='result'/>`).getChild('query')?.getChild('x');
    const told = form
      ?.getChildren('field')
      .filter(({ attrs }) => /_subject$|_subjectmod$|contactjid/.test(String(attrs['var'])));
    return String(told?.map((field) => field.getChildText('value')));
  };
  configures(romeo, { 'muc#roomconfig_publicroom': '1' });
  romeo.sends(`<message type='groupchat' id='s' to='${room}'><subject>Roses</subject></message>`);
  expect(fields(tybalt)).toBe('Roses,0');
  expect(fields(juliet)).toBe('Roses,0,romeo@verona.lit');
  configures(romeo, { 'muc#roomconfig_roomsecret': 'rosaline', 'muc#roomconfig_whois': 'moderators' });
  expect(fields(tybalt)).toBe('0');
  expect(fields(juliet)).toBe('Roses,0');
});
