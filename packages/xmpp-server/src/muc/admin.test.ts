import { expect, it } from 'vitest';
import { administers, configures, done, garden, join, refusal, room, verona } from './testing/verona.js';

const adminQuery = (item: string) =>
  `<iq type='get' id='l1' to='${room}'><query xmlns='http://jabber.org/protocol/muc#admin'>${item}</query></iq>`;

it('makes a moderator of whoever is granted ownership by real bare JID, before all eyes', () => {
  const { romeo, juliet } = garden();
  administers(romeo, `<item affiliation='owner' jid='juliet@verona.lit'><reason>Love</reason></item>`);
  const seen = `
    <presence from='${room}/juliet'>
      <x><item affiliation='owner' role='moderator' jid='juliet@verona.lit/balcony'>
        <actor nick='romeo' jid='romeo@verona.lit'/><reason>Love</reason>
      </item></x>
    </presence>`;
  romeo.receives(seen);
  romeo.receives(done);
  juliet.receives(seen);
  juliet.receivesNothing();
});

it('takes ownership away again, also from oneself while another owner is left', () => {
  const { romeo, juliet } = garden();
  administers(romeo, `<item affiliation='none' jid='romeo@verona.lit'/>`);
  romeo.receives(refusal('iq', 'cancel', 'conflict'));
  administers(romeo, `<item affiliation='owner' jid='juliet@verona.lit'/>`);
  administers(romeo, `<item affiliation='none' jid='romeo@verona.lit'/>`);
  juliet.receives(`<presence from='${room}/juliet'><x><item role='moderator'/></x></presence>`);
  juliet.receives(
    `<presence from='${room}/romeo'><x><item affiliation='none' role='participant'/></x></presence>`,
  );
});

it('kicks: everybody learns who, by whom and why, and the kicked may come again', () => {
  const { stage, romeo, juliet } = garden();
  const nurse = stage.actor('nurse@verona.lit/hall');
  nurse.joins(room, 'nurse');
  administers(romeo, `<item nick='juliet' role='none'><reason>Daybreak</reason></item>`);
  const kicked = `
    <presence type='unavailable' from='${room}/juliet'>
      <x><item affiliation='none' role='none'><actor nick='romeo'/><reason>Daybreak</reason></item><status code='307'/></x>
    </presence>`;
  expect(nurse.receives(kicked).toString()).not.toContain('code="110"');
  romeo.receives(kicked);
  romeo.receives(done);
  juliet.receives(kicked.replace(`<status code='307'/>`, `<status code='110'/><status code='307'/>`));
  juliet.joins(room, 'juliet');
});

it('does not let participants kick, nor moderators their betters', () => {
  const { stage, romeo, juliet } = garden();
  administers(juliet, `<item nick='romeo' role='none'/>`);
  juliet.receives(refusal('iq', 'auth', 'forbidden'));
  administers(romeo, `<item nick='juliet' role='moderator'/>`);
  stage.everybodyIgnoresAll();
  administers(juliet, `<item nick='romeo' role='none'/>`);
  juliet.receives(refusal('iq', 'cancel', 'not-allowed'));
  romeo.receivesNothing();
});

it('bans, and the banned stay out', () => {
  const { romeo, juliet } = garden();
  administers(romeo, `<item affiliation='outcast' jid='juliet@verona.lit'><reason>Feud</reason></item>`);
  juliet.receives(`
    <presence type='unavailable' from='${room}/juliet'>
      <x><item affiliation='outcast' role='none'><actor nick='romeo'/><reason>Feud</reason></item>
      <status code='110'/><status code='301'/></x>
    </presence>`);
  juliet.sends(join('juliet'));
  juliet.receives(refusal('presence', 'auth', 'forbidden'));
  romeo.receives(`<presence type='unavailable' from='${room}/juliet'><x><status code='301'/></x></presence>`);
  romeo.receives(done);
  romeo.sends(adminQuery(`<item affiliation='outcast'/>`));
  romeo.receives(
    `<iq type='result'><query><item affiliation='outcast' jid='juliet@verona.lit'><reason>Feud</reason></item></query></iq>`,
  );
});

it('lets nobody ban himself', () => {
  const { romeo } = garden();
  administers(romeo, `<item affiliation='outcast' jid='romeo@verona.lit'/>`);
  romeo.receives(refusal('iq', 'cancel', 'conflict'));
});

it('announces changes about people who are not there', () => {
  const { romeo, juliet } = garden();
  administers(romeo, `<item affiliation='member' jid='nurse@verona.lit'/>`);
  const news = `<message from='${room}'><x><item affiliation='member' role='none' jid='nurse@verona.lit'/></x></message>`;
  romeo.receives(news);
  romeo.receives(done);
  juliet.receives(news);
});

it('checks all items before it changes anything', () => {
  const { romeo, juliet, service } = garden();
  administers(
    romeo,
    `<item affiliation='member' jid='juliet@verona.lit'/>`,
    `<item affiliation='member' jid='nurse@verona.lit/hall'/>`,
  );
  romeo.receives(refusal('iq', 'modify', 'jid-malformed'));
  juliet.receivesNothing();
  expect([...service.rooms.values()][0]?.affiliations('member')).toEqual([]);
  administers(
    romeo,
    `<item affiliation='member' jid='juliet@verona.lit'/>`,
    `<item affiliation='member' jid='nurse@verona.lit'/>`,
  );
  expect([...service.rooms.values()][0]?.affiliations('member')).toHaveLength(2);
});

it('does not let several items take away the last owner together', () => {
  const { romeo, juliet } = garden();
  administers(romeo, `<item affiliation='owner' jid='juliet@verona.lit'/>`);
  romeo.ignoresAll();
  administers(
    romeo,
    `<item affiliation='none' jid='juliet@verona.lit'/>`,
    `<item affiliation='none' jid='romeo@verona.lit'/>`,
  );
  romeo.receives(refusal('iq', 'cancel', 'conflict'));
  juliet.ignoresAll();
});

it.each([
  ['no item', '', 'modify', 'bad-request'],
  ['neither role nor affiliation', `<item nick='juliet'/>`, 'modify', 'bad-request'],
  [
    'both role and affiliation',
    `<item nick='juliet' role='none' affiliation='none'/>`,
    'modify',
    'bad-request',
  ],
  ['an unknown role', `<item nick='juliet' role='ghost'/>`, 'modify', 'not-acceptable'],
  [
    'an unknown affiliation',
    `<item jid='juliet@verona.lit' affiliation='king'/>`,
    'modify',
    'not-acceptable',
  ],
  ['nobody by that nickname', `<item nick='tybalt' role='none'/>`, 'cancel', 'item-not-found'],
  ['a JID that is none', `<item jid='@@' affiliation='member'/>`, 'modify', 'jid-malformed'],
  [
    'the same person twice',
    `<item jid='a@b' affiliation='member'/><item jid='a@b' affiliation='none'/>`,
    'modify',
    'bad-request',
  ],
])('refuses %s', (_what, items, type, condition) => {
  const { romeo, juliet } = garden();
  administers(romeo, items);
  romeo.receives(refusal('iq', type, condition));
  juliet.receivesNothing();
});

it('keeps everybody away from the administrators of the service', () => {
  const { stage, romeo } = garden({ admins: ['focus@auth.verona.lit'] });
  const focus = stage.actor('focus@auth.verona.lit/focus');
  focus.joins(room, 'focus');
  for (const item of [
    `<item nick='focus' role='none'/>`,
    `<item nick='focus' role='participant'/>`,
    `<item jid='focus@auth.verona.lit' affiliation='outcast'/>`,
  ]) {
    administers(romeo, item);
    romeo.receives(refusal('iq', 'cancel', 'not-allowed'));
  }
  focus.receivesNothing();
});

it('owns every room as an administrator of the service', () => {
  const { stage, romeo } = garden({ admins: ['focus@auth.verona.lit'] });
  const focus = stage.actor('focus@auth.verona.lit/focus');
  focus.joins(room, 'focus');
  administers(focus, `<item affiliation='owner' jid='juliet@verona.lit'/>`);
  romeo.receives(
    `<presence from='${room}/juliet'><x><item affiliation='owner' role='moderator'/></x></presence>`,
  );
  administers(romeo, `<item affiliation='none' jid='romeo@verona.lit'/>`);
  romeo.receives(`<presence from='${room}/romeo'><x><item affiliation='none'/></x></presence>`);
  romeo.receives(done);
});

it('shows lists to whom they concern', () => {
  const { romeo, juliet } = garden();
  juliet.sends(adminQuery(`<item affiliation='owner'/>`));
  juliet.receives(refusal('iq', 'auth', 'forbidden'));
  juliet.sends(adminQuery(`<item role='moderator'/>`));
  juliet.receives(refusal('iq', 'auth', 'forbidden'));
  romeo.sends(adminQuery(`<item role='participant'/>`));
  romeo.receives(
    `<iq type='result'><query><item nick='juliet' role='participant' jid='juliet@verona.lit/balcony'/></query></iq>`,
  );
  romeo.sends(adminQuery(''));
  romeo.receives(refusal('iq', 'modify', 'bad-request'));
});

it('limits how long the lists grow', () => {
  const { romeo } = garden({ limits: { affiliations: 2 } });
  administers(romeo, `<item affiliation='member' jid='a@verona.lit'/>`);
  romeo.ignoresAll();
  administers(romeo, `<item affiliation='member' jid='b@verona.lit'/>`);
  romeo.receives(refusal('iq', 'wait', 'resource-constraint'));
});

it('shows others to a new moderator where only moderators see real JIDs', () => {
  const { romeo, juliet } = verona({ rooms: { whois: 'moderators' } });
  romeo.joins(room, 'romeo');
  juliet.sends(join('juliet'));
  const seen = juliet.receives(`<presence from='${room}/romeo'/>`);
  expect(seen.toString()).not.toContain('romeo@verona.lit');
  juliet.ignoresAll();
  romeo.receives(`<presence from='${room}/juliet'><x><item jid='juliet@verona.lit/balcony'/></x></presence>`);
  administers(romeo, `<item nick='juliet' role='moderator'/>`);
  const own = juliet.receives(
    `<presence from='${room}/juliet'><x><item role='moderator'><actor nick='romeo'/></item></x></presence>`,
  );
  expect(own.attrs['to']).toBe('juliet@verona.lit/balcony');
  juliet.receives(`<presence from='${room}/romeo'><x><item jid='romeo@verona.lit/orchard'/></x></presence>`);
});

it('shows out whoever loses membership of a members-only room', () => {
  const { romeo, juliet } = garden();
  administers(romeo, `<item affiliation='member' jid='juliet@verona.lit'/>`);
  configures(romeo, { 'muc#roomconfig_membersonly': 'true' });
  juliet.ignoresAll();
  administers(romeo, `<item affiliation='none' jid='juliet@verona.lit'/>`);
  juliet.receives(
    `<presence type='unavailable' from='${room}/juliet'><x><status code='110'/><status code='321'/></x></presence>`,
  );
});

it('finds the occupant of a JID, and the person behind a nickname', () => {
  const { romeo, juliet, service } = garden();
  administers(romeo, `<item nick='juliet' affiliation='member'/>`);
  expect(
    service.rooms
      .get(room)
      ?.affiliations('member')
      .map(({ jid }) => jid.toString()),
  ).toEqual(['juliet@verona.lit']);
  juliet.ignoresAll();
  administers(romeo, `<item jid='juliet@verona.lit' role='moderator'/>`);
  juliet.receives(`<presence from='${room}/juliet'><x><item role='moderator'/></x></presence>`);
  romeo.ignoresAll();
  administers(romeo, `<item jid='tybalt@verona.lit' role='none'/>`);
  romeo.receives(refusal('iq', 'cancel', 'item-not-found'));
});
