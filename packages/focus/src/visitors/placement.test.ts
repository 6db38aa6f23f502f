/** Who takes part and who looks on (focus reference 6.7). */
import { describe, expect, it } from 'vitest';
import { NO_METADATA, readMetadata } from '../conference/room-metadata.js';
import { CodecConsensus, codecsIn } from './codec-consensus.js';
import { el } from '@conclave/signaling';
import { idsIn, placementOf } from './placement.js';

const rules = { maxParticipants: 3, onlyWhereRoomsSaySo: false, liveRooms: false };
const asks = { understands: true, wantsToLook: false, ids: ['u7'], opened: false };
const conference = { metadata: NO_METADATA, isBreakout: false, hasNodes: false, people: 1 };
const full = { ...conference, people: 3 };
const described = (metadata: object) => ({
  metadata: readMetadata({ type: 'room_metadata', metadata }, NO_METADATA) ?? NO_METADATA,
});

it.each([
  ['takes part while there is space', asks, conference, rules, 'take part'],
  ['looks on when the conference is full', asks, full, rules, 'look on'],
  ['looks on when others do', asks, { ...conference, hasNodes: true }, rules, 'look on'],
  ['looks on who wants to', { ...asks, wantsToLook: true }, conference, rules, 'look on'],
  ['takes part who would not understand', { ...asks, understands: false }, full, rules, 'take part'],
  ['takes part who has opened it', { ...asks, opened: true }, full, rules, 'take part'],
  ['takes part in a breakout room', asks, { ...full, isBreakout: true }, rules, 'take part'],
  [
    'takes part by way of a lobby',
    asks,
    { ...full, ...described({ lobbyEnabled: true }) },
    rules,
    'take part',
  ],
  [
    'takes part where the room has no visitors',
    asks,
    { ...full, ...described({ visitorsEnabled: false }) },
    rules,
    'take part',
  ],
  ['takes part where rooms have to say so', asks, full, { ...rules, onlyWhereRoomsSaySo: true }, 'take part'],
  [
    'looks on where the room says so',
    asks,
    { ...full, ...described({ visitorsEnabled: true }) },
    { ...rules, onlyWhereRoomsSaySo: true },
    'look on',
  ],
  [
    'looks on from the limit of the room on',
    asks,
    { ...conference, ...described({ participantsSoftLimit: 1 }) },
    rules,
    'look on',
  ],
  [
    'takes part as a moderator of the room',
    asks,
    { ...full, ...described({ moderators: ['u7'] }) },
    rules,
    'take part',
  ],
  [
    'takes part as a participant of the room',
    asks,
    { ...full, ...described({ participants: ['u7'] }) },
    rules,
    'take part',
  ],
  [
    'looks on who is on neither list',
    asks,
    { ...conference, ...described({ participants: [] }) },
    rules,
    'look on',
  ],
  [
    'waits for the room to go live',
    { ...asks, wantsToLook: true },
    { ...conference, ...described({ visitors: { live: false } }) },
    { ...rules, liveRooms: true },
    'wait',
  ],
  [
    'looks on when it is live',
    { ...asks, wantsToLook: true },
    { ...conference, ...described({ visitors: { live: true } }) },
    { ...rules, liveRooms: true },
    'look on',
  ],
] as const)('%s', (_, request, state, given, placement) => {
  expect(placementOf(request, state, given)).toBe(placement);
});

describe('a token', () => {
  const token = (claims: unknown) => `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;

  it('names a user and a group', () => {
    expect(idsIn(token({ context: { user: { id: 'u7' }, group: 'g1' } }))).toEqual(['u7', 'g1']);
    expect(idsIn(token({ context: { user: { id: 7 }, group: 'g1' } }))).toEqual(['g1']);
  });

  it.each([undefined, '', 'x', 'a.b.c', token(7), token({})])(
    'that says nothing names nobody: %s',
    (text) => {
      expect(idsIn(text)).toEqual([]);
    },
  );
});

describe('codecs', () => {
  const list = (text: string) => codecsIn(el('presence', {}, el('jitsi_participant_codecList', {}, text)));

  it('are those that all visitors know, the best liked first', () => {
    const consensus = new CodecConsensus();
    consensus.add('a', list('av1,vp9,vp8'));
    consensus.add('b', list('VP9,vp8,h264'));
    expect(consensus.agreed).toEqual(['vp9', 'vp8']);
    consensus.remove('b');
    expect(consensus.agreed).toEqual(['av1', 'vp9', 'vp8']);
  });

  it('contain one that every client knows', () => {
    expect(list('av1')).toEqual(['av1', 'vp8']);
    expect(codecsIn(el('presence'))).toEqual(['vp8']);
  });
});
