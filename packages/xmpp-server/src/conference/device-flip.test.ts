/** Another device in the middle of a conference. */
import { expect, it } from 'vitest';
import { refusal } from '../muc/testing/verona.js';
import type { Actor } from '../muc/testing/stage.js';
import { deviceFlip, kicks, lobby } from './index.js';
import { muc } from '../muc/muc.js';
import {
  appoints,
  configures,
  enters,
  main,
  meeting,
  ownPresence,
  room,
  tokenFor,
} from './testing/meeting.js';

const flip = new Map([['flip', true]]);

function scene() {
  const people = meeting(({ stage }) => {
    stage.beside('lobby.verona.lit').load(muc, { admins: ['focus@auth.verona.lit'] });
    stage.load(lobby, { lobby: 'lobby.verona.lit', announcedBy: main });
    stage.load(deviceFlip);
    stage.load(kicks);
  });
  const device = (name: string, more: object = {}): Actor =>
    people.stage.actor(`${name}@guest.verona.lit/x`, {
      anonymous: true,
      identity: tokenFor({ user: { id: 'paris' }, features: flip, ...more }),
    });
  const phone = device('phone');
  enters(phone, 'phone');
  appoints(people.focus, phone.jid.bare.toString());
  people.stage.everybodyIgnoresAll();
  return { ...people, device, phone };
}
const tag = '<flip_device/>';
const isIn = (actor: Actor, nick: string) => ownPresence(actor, nick) !== undefined;

it('enters past lobby and password, is what the old one was, and the old one goes quietly', () => {
  const { romeo, juliet, phone, device, stage } = scene();
  configures(romeo, {
    'muc#roomconfig_membersonly': '1',
    'muc#roomconfig_passwordprotectedroom': '1',
    'muc#roomconfig_roomsecret': 'capulet',
  });
  stage.everybodyIgnoresAll();
  const tablet = device('tablet');
  enters(tablet, 'tablet', tag);
  juliet.receives(
    `<presence from='${room}/tablet'><flip_device/><x><item affiliation='owner' role='moderator'/></x></presence>`,
  );
  juliet.receives(
    `<presence type='unavailable' from='${room}/phone'><flip_device/><x><item><actor nick='tablet'/></item><status code='307'/></x></presence>`,
  );
  expect(ownPresence(tablet, 'tablet')?.toString()).toContain('affiliation="owner"');
  phone.ignoresAll();
  enters(phone, 'phone', '<nick xmlns="http://jabber.org/protocol/nick">P</nick>');
  phone.receives(refusal('presence', 'auth', 'registration-required'));
});

it('goes by the account where there are no tokens, which keeps what it is', () => {
  const { stage, romeo, juliet } = scene();
  const couch = stage.actor('romeo@verona.lit/couch');
  enters(couch, 'couch', tag);
  juliet.receives(`<presence from='${room}/couch'><flip_device/></presence>`);
  juliet.receives(`<presence type='unavailable' from='${room}/romeo'><flip_device/></presence>`);
  juliet.receivesNothing();
  romeo.ignoresAll();
  couch.ignoresAll();
  couch.sends(`<presence to='${room}/couch'/>`);
  couch.receives(`<presence><x><item affiliation='owner'/></x></presence>`);
});

it.each([
  ['the feature', { features: new Map([['flip', false]]) }],
  ['features', { features: undefined }],
  ['the id', { user: { id: 'tybalt' } }],
  ['an id', { user: {} }],
  ['the issuer', { issuer: 'other' }],
  ['the tenant', { tenant: 'other' }],
])('is not for whose token has not %s', (_, more) => {
  const { juliet, phone, device } = scene();
  const other = device('other', more);
  enters(other, 'other', tag);
  const [seen] = juliet.inbox;
  expect(isIn(other, 'other')).toBe(true);
  expect(seen?.getChild('flip_device')).toBeUndefined();
  phone.receives('<presence/>');
  phone.receivesNothing();
});

it('is not for guests, nor in anybody’s later presence', () => {
  const { juliet, tybalt, romeo } = scene();
  enters(tybalt, 'tybalt', tag);
  juliet.sends(`<presence to='${room}/juliet'>${tag}</presence>`);
  juliet.sends(`<presence type='unavailable' to='${room}/juliet'>${tag}</presence>`);
  expect(romeo.inbox).toHaveLength(3);
  expect(romeo.inbox.join()).not.toContain('flip_device');
});

it('does not show in later presences of the new device', () => {
  const { juliet, device } = scene();
  const tablet = device('tablet');
  enters(tablet, 'tablet', tag);
  juliet.ignoresAll();
  const late = device('late', { user: { id: 'late' } });
  enters(late, 'late');
  const shown = late.inbox.find(({ attrs }) => attrs['from'] === `${room}/tablet`);
  expect(shown?.toString()).not.toContain('flip_device');
});

it('does not let in whom the room has banned', () => {
  const { romeo, device, phone } = scene();
  appoints(romeo, 'tablet@guest.verona.lit', 'outcast');
  const tablet = device('tablet');
  enters(tablet, 'tablet', tag);
  expect(isIn(tablet, 'tablet')).toBe(false);
  expect(phone.inbox.some(({ attrs }) => attrs['type'] === 'unavailable')).toBe(false);
});
