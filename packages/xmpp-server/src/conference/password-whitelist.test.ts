/** Passwords, and who needs none (acceptance 13, 14, 16). */
import { expect, it } from 'vitest';
import { refusal } from '../muc/testing/verona.js';
import { passwordWhitelist } from './index.js';
import { configures, enters, meeting, ownPresence } from './testing/meeting.js';

function locked(options: object = {}) {
  const people = meeting(({ stage }) => stage.load(passwordWhitelist, options));
  configures(people.romeo, { 'muc#roomconfig_roomsecret': 'rosaline' });
  people.stage.everybodyIgnoresAll();
  return people;
}

it('asks for the password until it is right', () => {
  const { tybalt, juliet } = locked();
  for (const secret of ['', 'wrong']) {
    enters(tybalt, 'tybalt', '', secret);
    tybalt.receives(refusal('presence', 'auth', 'not-authorized'));
  }
  juliet.receivesNothing();
  enters(tybalt, 'tybalt', '', 'rosaline');
  expect(ownPresence(tybalt, 'tybalt')).toBeDefined();
});

it('asks nobody any more when it is gone', () => {
  const { romeo, juliet, tybalt } = locked();
  enters(tybalt, 'tybalt', '', 'wrong');
  configures(romeo, { 'muc#roomconfig_roomsecret': '', 'muc#roomconfig_passwordprotectedroom': '0' });
  juliet.receives(`<message type='groupchat'><x><status code='104'/></x></message>`);
  tybalt.ignoresAll();
  enters(tybalt, 'tybalt');
  expect(ownPresence(tybalt, 'tybalt')).toBeDefined();
});

it.each(['hidden.verona.lit', 'recorder@hidden.verona.lit'])('does not ask %s', (whitelist) => {
  const { stage, tybalt } = locked({ whitelist: [whitelist] });
  const recorder = stage.actor('recorder@hidden.verona.lit/x');
  enters(recorder, 'recorder');
  expect(ownPresence(recorder, 'recorder')).toBeDefined();
  enters(tybalt, 'tybalt');
  expect(ownPresence(tybalt, 'tybalt')).toBeUndefined();
});
