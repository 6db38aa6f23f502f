import { stanzaError } from '@conclave/signaling';
import { expect, it } from 'vitest';
import { admissionOrder, admissionPriority } from './events.js';
import { administers, configures, garden, join, refusal, room, verona } from './testing/verona.js';

it('asks the reasons to refuse in the order of the contract', () => {
  const { service, juliet } = garden();
  const asked: string[] = [];
  for (const step of [...admissionOrder].reverse()) {
    service.hooks.on('admission', () => void asked.push(step), admissionPriority(step));
  }
  juliet.leaves(room);
  juliet.joins(room, 'juliet');
  expect(asked).toEqual(admissionOrder);
});

it('changes nothing when a handler refuses', () => {
  const { service, romeo } = verona();
  service.hooks.on('admission', () => stanzaError('not-authorized'), admissionPriority('token'));
  romeo.sends(join('romeo'));
  romeo.receives(refusal('presence', 'auth', 'not-authorized'));
  romeo.receivesNothing();
  expect(service.rooms.size).toBe(0);
});

it('tells the banned that they are, also where members only may enter', () => {
  const { romeo, juliet } = garden();
  configures(romeo, { 'muc#roomconfig_membersonly': '1' });
  administers(romeo, `<item affiliation='outcast' jid='juliet@verona.lit'/>`);
  juliet.ignoresAll();
  juliet.sends(join('juliet'));
  juliet.receives(refusal('presence', 'auth', 'forbidden'));
});

it('lets only administrators and account holders of the named domains create rooms', () => {
  const policy = { admins: ['focus@auth.verona.lit'], creation: { domains: ['verona.lit'] } };
  const { stage, service, romeo } = verona(policy);
  const restricted = `
    <presence type='error'>
      <error type='cancel'><not-allowed/><text>Room creation is restricted</text></error>
    </presence>`;
  const guest = stage.actor('g1@guest.verona.lit/r', { anonymous: true });
  const pretender = stage.actor('x@verona.lit/r', { anonymous: true });
  const stranger = stage.actor('x@mantua.lit/r');
  const component = stage.actor('verona.lit');
  for (const actor of [guest, pretender, stranger, component]) {
    actor.sends(join('who'));
    actor.receives(restricted);
  }
  expect(service.rooms.size).toBe(0);
  romeo.joins(room, 'romeo');
  guest.joins(room, 'guest');
  const focus = stage.actor('focus@auth.verona.lit/focus');
  focus.joins('other@rooms.verona.lit', 'focus');
  expect([...service.rooms.keys()]).toEqual([room, 'other@rooms.verona.lit']);
});

it('fails closed: without a policy only administrators create rooms', () => {
  const { romeo } = verona({ creation: undefined });
  romeo.sends(join('romeo'));
  romeo.receives(refusal('presence', 'cancel', 'not-allowed'));
});

it('limits occupants, but has a seat for an administrator and for another session of who is there', () => {
  const { stage, romeo } = verona({ admins: ['focus@auth.verona.lit'], limits: { occupants: 1 } });
  romeo.joins(room, 'romeo');
  const juliet = stage.actor('juliet@verona.lit/balcony');
  juliet.sends(join('juliet'));
  juliet.receives(refusal('presence', 'cancel', 'service-unavailable'));
  stage.actor('romeo@verona.lit/phone').joins(room, 'romeo');
  stage.actor('focus@auth.verona.lit/focus').joins(room, 'focus');
});

it('lets the owner lower the number of occupants', () => {
  const { stage, romeo } = garden();
  configures(romeo, { 'muc#roomconfig_maxusers': '2' });
  const nurse = stage.actor('nurse@verona.lit/hall');
  nurse.sends(join('nurse'));
  nurse.receives(refusal('presence', 'cancel', 'service-unavailable'));
  configures(romeo, { 'muc#roomconfig_maxusers': 'none' });
  stage.everybodyIgnoresAll();
  nurse.joins(room, 'nurse');
});

it('limits rooms in all, and rooms a session', () => {
  const { stage, service, romeo, juliet } = verona({ limits: { rooms: 2, roomsPerSession: 1 } });
  romeo.joins('a@rooms.verona.lit', 'romeo');
  romeo.sends(join('romeo'));
  romeo.receives(refusal('presence', 'wait', 'resource-constraint'));
  juliet.joins('b@rooms.verona.lit', 'juliet');
  const nurse = stage.actor('nurse@verona.lit/hall');
  nurse.sends(join('nurse'));
  nurse.receives(refusal('presence', 'wait', 'resource-constraint'));
  expect(service.rooms.size).toBe(2);
  romeo.leaves('a@rooms.verona.lit');
  romeo.ignoresAll();
  romeo.joins(room, 'romeo');
});

it('lets an administrator into a locked room, as the focus must get back in', () => {
  const { stage, romeo } = garden({ admins: ['focus@auth.verona.lit'] });
  configures(romeo, { 'muc#roomconfig_roomsecret': 'rosaline', 'muc#roomconfig_membersonly': '1' });
  stage.actor('focus@auth.verona.lit/focus').joins(room, 'focus');
});
