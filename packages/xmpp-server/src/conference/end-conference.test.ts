/** A moderator ends the meeting for all; nobody else can (acceptance 69). */
import { expect, it } from 'vitest';
import { refusal } from '../muc/testing/verona.js';
import type { Actor } from '../muc/testing/stage.js';
import { endConference } from './index.js';
import { at, meeting, room } from './testing/meeting.js';

const scene = () => meeting(({ stage }) => stage.load(endConference, at('endconference')));

function ends(actor: Actor): void {
  actor.sends(`<message to='endconference.verona.lit'><end_conference/></message>`);
}

it('destroys the room, and everybody is told why', () => {
  const { service, romeo, juliet, focus } = scene();
  ends(romeo);
  for (const actor of [romeo, juliet, focus]) {
    actor.receives(
      `<presence type='unavailable'><x xmlns='http://jabber.org/protocol/muc#user'><destroy><reason>The meeting has been terminated</reason></destroy></x></presence>`,
    );
  }
  expect(service.rooms.size).toBe(0);
});

it.each(['juliet', 'tybalt'] as const)('does nothing for %s', (who) => {
  const people = scene();
  ends(people[who]);
  people[who].receives(refusal('message', 'auth', 'forbidden'));
  expect(people.service.rooms.size).toBe(1);
});

it('does nothing for other messages', () => {
  const { romeo, juliet, service } = scene();
  romeo.sends(`<message to='endconference.verona.lit'><body>end_conference</body></message>`);
  romeo.sends(`<message type='error' to='endconference.verona.lit'><end_conference/></message>`);
  juliet.receivesNothing();
  expect(service.rooms.size).toBe(1);
});

it('means the room that the connection is for, if one is in several', () => {
  const { stage, service, focus } = scene();
  const other = 'vault@rooms.verona.lit';
  const paris = stage.actor('paris@verona.lit/tomb', { conference: { room: 'VAULT', prefix: '' } });
  focus.joins(other, 'focus');
  paris.joins(other, 'paris');
  paris.joins(room, 'paris');
  for (const where of [room, other]) {
    focus.sends(
      `<iq type='set' id='o2' to='${where}'><query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='owner' jid='paris@verona.lit'/></query></iq>`,
    );
  }
  ends(paris);
  expect([...service.rooms.keys()]).toEqual([room]);
});
