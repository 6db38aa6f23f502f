import { expect, it } from 'vitest';
import type { Actor } from '../testing/stage.js';
import { configures, done, join, refusal, room, verona } from '../testing/verona.js';

const answers = (owner: Actor, type: string): void =>
  owner.sends(`
    <iq type='set' id='l' to='${room}'>
      <query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='${type}'/></query>
    </iq>`);

function lockedGarden() {
  const scene = verona({ locking: true });
  scene.romeo.sends(join('romeo'));
  scene.romeo.receives(`<presence><x><status code='110'/><status code='201'/></x></presence>`);
  scene.romeo.ignoresAll();
  return scene;
}

it('keeps a new room for its owner until the form is submitted', () => {
  const { romeo, juliet } = lockedGarden();
  juliet.sends(join('juliet'));
  juliet.receives(refusal('presence', 'cancel', 'item-not-found'));
  configures(romeo, { 'muc#roomconfig_roomname': 'Garden' });
  romeo.ignoresAll();
  juliet.joins(room, 'juliet');
});

it('opens it when the owner takes it as it is', () => {
  const { romeo, juliet } = lockedGarden();
  answers(romeo, 'submit');
  romeo.receives(done);
  juliet.joins(room, 'juliet');
});

it('does not open it by a form that is refused', () => {
  const { romeo, juliet } = lockedGarden();
  configures(romeo, { 'muc#roomconfig_whois': 'nobody' });
  romeo.receives(refusal('iq', 'modify', 'not-acceptable'));
  juliet.sends(join('juliet'));
  juliet.receives(refusal('presence', 'cancel', 'item-not-found'));
});

it('ends it when the owner gives up, or goes', () => {
  const { romeo, service } = lockedGarden();
  answers(romeo, 'cancel');
  romeo.receives(`<presence type='unavailable' from='${room}/romeo'><x><destroy/></x></presence>`);
  romeo.receives(done);
  expect(service.rooms.size).toBe(0);
  romeo.sends(join('romeo'));
  romeo.leaves(`${room}/romeo`);
  expect(service.rooms.size).toBe(0);
});

it('lets a room that is open stay so when a later form is given up', () => {
  const { romeo, juliet, service } = lockedGarden();
  answers(romeo, 'submit');
  juliet.joins(room, 'juliet');
  answers(romeo, 'cancel');
  romeo.receives(done);
  expect(service.rooms.size).toBe(1);
});
