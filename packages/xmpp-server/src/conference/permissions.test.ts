/** Which features an occupant has, and how it learns that. */
import { expect, it } from 'vitest';
import { permissions, type Permissions } from './permissions.js';
import { appoints, meeting, room, stageForMeetings, tokenFor } from './testing/meeting.js';

const identity = (features: Record<string, boolean>) =>
  tokenFor({ features: new Map(Object.entries(features)) });

function scene() {
  let offered: Permissions | undefined;
  const people = meeting(({ stage }) => {
    offered = stage.load(permissions);
  });
  const there = people.service.rooms.get(room);
  const allowed = (nick: string, feature: string, otherwise?: 'nobody') => {
    const occupant = there?.occupant(nick);
    return there && occupant && offered?.allow(there, occupant, feature, otherwise);
  };
  return { ...people, allowed };
}

it('tells a moderator what it may, in its own presence and nobody else', () => {
  const { focus, juliet, romeo, stage } = meeting();
  appoints(focus, 'juliet@guest.verona.lit');
  const granted = `<permissions xmlns='http://jitsi.org/jitmeet'><p name='recording' val='true'/></permissions>`;
  expect(romeo.receives(`<presence from='${room}/juliet'/>`).getChild('permissions')).toBeUndefined();
  juliet.receives(`<presence from='${room}/juliet'>${granted}</presence>`);
  stage.unload();
});

it('does not tell who has it in writing', () => {
  const { stage, focus } = stageForMeetings();
  const paris = stage.actor('paris@verona.lit/tomb', { identity: identity({ recording: true }) });
  focus.joins(room, 'focus');
  appoints(focus, 'paris@verona.lit');
  paris.sends(`<presence to='${room}/paris'><x xmlns='http://jabber.org/protocol/muc'/></presence>`);
  const own = paris.inbox.find((stanza) => stanza.attrs['from'] === `${room}/paris`);
  expect(own?.getChild('permissions')).toBeUndefined();
  expect(own?.getChild('x')?.getChild('item')?.attrs['role']).toBe('moderator');
});

it('lets moderators do what moderators do, and others not', () => {
  const { allowed } = scene();
  expect(allowed('romeo', 'recording')).toBe(true);
  expect(allowed('juliet', 'recording')).toBe(false);
  expect(allowed('romeo', 'something-new')).toBe(true);
  expect(allowed('romeo', 'something-new', 'nobody')).toBe(false);
});

it('keeps to the letter of a token', () => {
  const { stage, allowed, focus } = scene();
  const paris = stage.actor('paris@verona.lit/tomb', { identity: identity({ recording: true }) });
  paris.joins(room, 'paris');
  expect(allowed('paris', 'recording')).toBe(true);
  expect(allowed('paris', 'transcription')).toBe(false);
  appoints(focus, 'paris@verona.lit');
  expect(allowed('paris', 'transcription')).toBe(false);
});

it('grants no more than whoever grants has', () => {
  const { stage, allowed, focus, juliet } = scene();
  const paris = stage.actor('paris@verona.lit/tomb', { identity: identity({ 'outbound-call': true }) });
  paris.joins(room, 'paris');
  appoints(focus, 'paris@verona.lit');
  juliet.ignoresAll();
  appoints(paris, 'juliet@guest.verona.lit');
  expect(allowed('juliet', 'outbound-call')).toBe(true);
  expect(allowed('juliet', 'recording')).toBe(false);
  const own = juliet.inbox.find(({ attrs }) => attrs['from'] === `${room}/juliet`);
  expect(own?.getChild('permissions')?.getChildren('p')).toHaveLength(1);
  appoints(paris, 'juliet@guest.verona.lit', 'none');
  expect(allowed('juliet', 'outbound-call')).toBe(false);
  appoints(focus, 'juliet@guest.verona.lit');
  expect(allowed('juliet', 'recording')).toBe(true);
});
