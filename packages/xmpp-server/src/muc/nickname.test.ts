import { expect, it } from 'vitest';
import { administers, garden, join, refusal, room } from './testing/verona.js';

const rename = (nick: string) => `<presence to='${room}/${nick}'/>`;

it('renames an occupant before all eyes, with the role it had (303)', () => {
  const { stage, romeo, juliet } = garden();
  administers(romeo, `<item nick='juliet' role='moderator'/>`);
  stage.everybodyIgnoresAll();
  juliet.sends(rename('capulet'));
  romeo.receives(`
    <presence type='unavailable' from='${room}/juliet'>
      <x><item nick='capulet' role='moderator'/><status code='303'/></x>
    </presence>`);
  romeo.receives(`<presence from='${room}/capulet'><x><item role='moderator'/></x></presence>`);
  juliet.receives(`
    <presence type='unavailable' from='${room}/juliet'>
      <x><item nick='capulet'/><status code='110'/><status code='303'/></x>
    </presence>`);
  juliet.receives(`<presence from='${room}/capulet'><x><status code='110'/></x></presence>`);
  juliet.receivesNothing();
});

it('refuses a nickname that is taken, or none', () => {
  const { romeo, juliet } = garden();
  juliet.sends(rename('romeo'));
  juliet.receives(refusal('presence', 'cancel', 'conflict'));
  juliet.sends(rename('\u200b'));
  juliet.receives(refusal('presence', 'modify', 'jid-malformed'));
  romeo.receivesNothing();
});

it('moves one of several sessions alone, and lets it join its fellow again', () => {
  const { stage, romeo, juliet } = garden();
  const phone = stage.actor('juliet@verona.lit/phone');
  phone.joins(room, 'juliet');
  phone.sends(rename('jule'));
  phone.receives(
    `<presence type='unavailable' from='${room}/juliet'><x><status code='110'/><status code='303'/></x></presence>`,
  );
  phone.ignoresAll();
  romeo.receives(`<presence from='${room}/juliet'><x><item jid='juliet@verona.lit/balcony'/></x></presence>`);
  romeo.receives(`<presence from='${room}/jule'><x><item jid='juliet@verona.lit/phone'/></x></presence>`);
  romeo.receivesNothing();
  stage.everybodyIgnoresAll();
  phone.sends(rename('juliet'));
  romeo.receives(`<presence type='unavailable' from='${room}/jule'/>`);
  romeo.receives(`<presence from='${room}/juliet'/>`);
  juliet.ignoresAll();
});

it('keeps reserved nicknames for those they are reserved for', () => {
  const { stage, juliet } = garden({ reservedNicks: { focus: 'focus@auth.verona.lit' } });
  juliet.sends(rename('Focus'));
  juliet.receives(refusal('presence', 'cancel', 'conflict'));
  const tybalt = stage.actor('tybalt@verona.lit/street');
  tybalt.sends(`<presence to='${room}/focus'><x xmlns='http://jabber.org/protocol/muc'/></presence>`);
  tybalt.receives(refusal('presence', 'cancel', 'conflict'));
  const focus = stage.actor('focus@auth.verona.lit/focus');
  focus.joins(room, 'focus');
  expect(focus.inbox).toEqual([]);
});

it('tells everything to a session that enters anew under another nickname', () => {
  const { romeo, juliet } = garden();
  juliet.sends(join('jule'));
  juliet.receives(
    `<presence type='unavailable' from='${room}/juliet'><x><status code='303'/></x></presence>`,
  );
  juliet.receives(`<presence from='${room}/romeo'/>`);
  juliet.receives(`<presence from='${room}/jule'><x><status code='100'/><status code='110'/></x></presence>`);
  juliet.receives(`<message><subject/></message>`);
  juliet.receivesNothing();
  romeo.receives(`<presence type='unavailable' from='${room}/juliet'/>`);
  romeo.receives(`<presence from='${room}/jule'/>`);
  romeo.receivesNothing();
});
