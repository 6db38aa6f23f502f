/** Who may record, stream and call out (acceptance 88, 89: the gate before the focus). */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { refusal } from '../muc/testing/verona.js';
import type { Actor } from '../muc/testing/stage.js';
import { dialFilter, recorderFilter } from './index.js';
import { enters, meeting, room, tokenFor } from './testing/meeting.js';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  return () => vi.useRealTimers();
});

const scene = () =>
  meeting(({ stage }) => {
    stage.load(recorderFilter);
    stage.load(dialFilter);
  });

function withFeatures(people: ReturnType<typeof scene>, features: Record<string, boolean>): Actor {
  const identity = tokenFor({
    features: new Map(Object.entries(features)),
    user: { id: 'u7\r\nX-Evil: 1' },
    group: 'counts',
  });
  const actor = people.stage.actor('paris@verona.lit/x', { identity });
  enters(actor, 'paris');
  people.stage.everybodyIgnoresAll();
  return actor;
}

describe('recording', () => {
  const asks = (actor: Actor, attributes: string) =>
    actor.sends(
      `<iq type='set' id='j' to='${room}/focus'><jibri xmlns='http://jitsi.org/protocol/jibri' ${attributes}/></iq>`,
    );

  it('is asked of the focus by moderators, and by nobody else', () => {
    const { romeo, juliet, focus } = scene();
    asks(romeo, `action='start' recording_mode='file'`);
    focus.receives(`<iq from='${room}/romeo'><jibri action='start'/></iq>`);
    asks(juliet, `action='start' recording_mode='file'`);
    juliet.receives(refusal('iq', 'auth', 'forbidden'));
    asks(juliet, `action='stop' recording_mode='file'`);
    juliet.receives(refusal('iq', 'auth', 'forbidden'));
    focus.receivesNothing();
    asks(juliet, `action='status'`);
    focus.receives(`<iq from='${room}/juliet'/>`);
  });

  it('goes by the token where there is one', () => {
    const people = scene();
    const paris = withFeatures(people, { livestreaming: true });
    asks(paris, `action='start' recording_mode='stream'`);
    people.focus.receives(`<iq from='${room}/paris'/>`);
    asks(paris, `action='start' recording_mode='file'`);
    paris.receives(refusal('iq', 'auth', 'forbidden'));
  });

  it('is started no more than three times a minute in one room', () => {
    const { romeo } = scene();
    for (let i = 0; i < 3; i++) asks(romeo, `action='start' recording_mode='file'`);
    romeo.receivesNothing();
    asks(romeo, `action='start' recording_mode='file'`);
    romeo.receives(refusal('iq', 'wait', 'policy-violation'));
    vi.advanceTimersByTime(60_000);
    asks(romeo, `action='start' recording_mode='file'`);
    romeo.receivesNothing();
  });
});

describe('a call', () => {
  const dials = (actor: Actor, headers: string, to = '+1555') =>
    actor.sends(
      `<iq type='set' id='d' to='${room}/focus'><dial xmlns='urn:xmpp:rayo:1' to='${to}' from='fromnumber'>${headers}</dial></iq>`,
    );
  const into = (where: string) => `<header name='JvbRoomName' value='${where}'/>`;

  it('carries nothing but what is true', () => {
    const people = scene();
    const paris = withFeatures(people, { 'outbound-call': true });
    dials(paris, `${into(room)}<header name='X-Evil' value='1'/>`);
    const iq = people.focus.receives(
      `<iq from='${room}/paris'><dial to='+1555' from='fromnumber'>${into(room)}</dial></iq>`,
    );
    expect(
      iq
        .getChild('dial')
        ?.getChildren('header')
        .map(({ attrs }) => attrs),
    ).toEqual([
      { name: 'JvbRoomName', value: room },
      { name: 'X-outbound-call-initiator-user', value: 'u7  X-Evil: 1' },
      { name: 'X-outbound-call-initiator-group', value: 'counts' },
    ]);
  });

  it.each([
    ['of who may not', 'juliet', into(room)],
    ['into another room', 'romeo', into('vault@rooms.verona.lit')],
    ['into two', 'romeo', into(room) + into('vault@rooms.verona.lit')],
    ['into none', 'romeo', ''],
  ] as const)('%s is refused', (_, who, headers) => {
    const people = scene();
    dials(people[who], headers);
    people[who].receives(refusal('iq', 'auth', 'forbidden'));
    people.focus.receivesNothing();
  });

  it('for a transcriber needs another feature, and comes once in ten seconds', () => {
    const people = scene();
    const paris = withFeatures(people, { transcription: true });
    dials(paris, into(room));
    paris.receives(refusal('iq', 'auth', 'forbidden'));
    dials(paris, into(room), 'jitsi_meet_transcribe');
    people.focus.receives('<iq/>');
    dials(paris, into(room), 'jitsi_meet_transcribe');
    paris.receives(refusal('iq', 'cancel', 'resource-constraint'));
  });
});
