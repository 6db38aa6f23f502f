import { Cell, type Conference, type ConferenceState, type GetUserMedia, LocalMedia } from '@conclave/client';
import { describe, expect, it } from 'vitest';
import { MeetingModel } from './meeting-model.js';
import { screenOf, titleKey } from './screen.js';

const joined: ConferenceState = {
  status: { kind: 'joined' },
  login: { kind: 'idle' },
  self: { id: 'me', displayName: 'Me', role: 'participant' },
  participants: [],
  messages: [],
  locked: false,
  media: 'none',
  dominantSpeaker: undefined,
  visit: undefined,
  visitors: 0,
  promotionRequests: [],
};
const ann = {
  id: 'a1',
  displayName: 'Ann',
  role: 'participant',
  audioMuted: true,
  videoMuted: true,
  tracks: [],
} as const;
const message = (id: string, own = false) => ({
  id,
  from: 'a1',
  displayName: 'Ann',
  text: 'hi',
  sentAt: 0,
  own,
  visitor: false,
  private: false,
});

const track = (kind: string) =>
  Object.assign(new EventTarget(), { kind, enabled: true, stop: () => undefined });

function meeting(devices?: GetUserMedia) {
  const state = new Cell<ConferenceState>({ ...joined, status: { kind: 'connecting' } });
  const calls: string[] = [];
  const conference = {
    state,
    leave: () => {
      calls.push('leave');
      state.set({ ...state.value, status: { kind: 'left' } });
      return Promise.resolve();
    },
  } as unknown as Conference;
  const local = new LocalMedia(devices);
  const model = new MeetingModel({
    room: 'daily',
    local,
    join: ({ room, displayName }) => {
      calls.push(`join ${room} as ${displayName}`);
      return conference;
    },
  });
  return { model, state, calls, local };
}

describe('a meeting', () => {
  it('begins before joining, and shows what becomes of the conference', () => {
    const { model, state, calls } = meeting();
    expect(screenOf(model.state.value.conference?.status)).toBe('pre-join');
    model.join('Me');
    expect(calls).toEqual(['join daily as Me']);
    expect(screenOf(model.state.value.conference?.status)).toBe('connecting');
    state.set(joined);
    expect(screenOf(model.state.value.conference?.status)).toBe('meeting');
    state.set({ ...joined, status: { kind: 'reconnecting', before: { kind: 'joined' } } });
    expect(screenOf(model.state.value.conference?.status)).toBe('meeting');
    expect(titleKey(model.state.value.conference, 0)).toBe('reconnecting');
  });

  it('counts the messages of others while the chat is closed', () => {
    const { model, state } = meeting();
    model.join('Me');
    state.set(joined);
    state.set({ ...joined, messages: [message('1'), message('2', true)] });
    expect(model.state.value.unread).toBe(1);
    expect(titleKey(model.state.value.conference, model.state.value.unread)).toBe('unread');
    model.togglePanel('chat');
    expect(model.state.value.unread).toBe(0);
    state.set({ ...joined, messages: [message('1'), message('2', true), message('3')] });
    expect(model.state.value.unread).toBe(0);
  });

  it('announces who comes and goes, but not whom one finds there', () => {
    const { model, state } = meeting();
    model.join('Me');
    state.set({ ...joined, participants: [ann] });
    expect(model.state.value.announcement).toBeUndefined();
    state.set({ ...joined, participants: [ann, { ...ann, id: 'b2', displayName: 'Bob' }] });
    expect(model.state.value.announcement).toEqual({ kind: 'joined', name: 'Bob' });
    state.set({ ...joined, participants: [] });
    expect(model.state.value.announcement).toEqual({ kind: 'left', name: 'Bob' });
  });

  it('releases the devices while one looks on, and opens none by itself when one takes part', async () => {
    const { model, state, local } = meeting(() =>
      Promise.resolve({ getTracks: () => [track('audio'), track('video')] } as unknown as MediaStream),
    );
    await model.openDevices();
    model.join('Me');
    state.set(joined);
    expect(local.state.value.microphone.kind).toBe('on');
    state.set({ ...joined, visit: { hand: 'down' } });
    expect(local.state.value).toMatchObject({ microphone: { kind: 'off' }, camera: { kind: 'off' } });
    await model.toggleDevice('microphone');
    model.act('camera');
    expect(local.state.value).toMatchObject({ microphone: { kind: 'off' }, camera: { kind: 'off' } });
    state.set(joined);
    expect(local.state.value.microphone.kind).toBe('off');
    await model.toggleDevice('microphone');
    expect(local.state.value.microphone.kind).toBe('on');
  });

  it('remembers that it has visitors when the last of them has been let in', () => {
    const { model, state } = meeting();
    model.join('Me');
    state.set(joined);
    expect(model.state.value.hasVisitors).toBe(false);
    state.set({ ...joined, visitors: 1 });
    state.set({ ...joined, participants: [ann] });
    expect(model.state.value.hasVisitors).toBe(true);
  });

  it('obeys the keys', () => {
    const { model } = meeting();
    model.act('chat');
    expect(model.state.value.panel).toBe('chat');
    model.act('participants');
    expect(model.state.value.panel).toBe('participants');
    model.act('participants');
    expect(model.state.value.panel).toBe('none');
    model.act('help');
    expect(model.state.value.helpOpen).toBe(true);
  });

  it('says why a device cannot be used, and joins without', async () => {
    const { model } = meeting();
    await model.openDevices();
    expect(model.state.value.devices.camera).toEqual({ kind: 'unavailable', failure: 'unsupported' });
  });

  it('can be joined again after it ended', async () => {
    const { model, calls } = meeting();
    model.join('Me');
    await model.leave();
    expect(screenOf(model.state.value.conference?.status)).toBe('ended');
    await model.rejoin();
    expect(calls).toEqual(['join daily as Me', 'leave', 'join daily as Me']);
  });

  it('joined again, does not turn on a camera that was off', async () => {
    const { model, state } = meeting(({ audio, video }) => {
      const tracks = [...(audio ? [track('audio')] : []), ...(video ? [track('video')] : [])];
      return Promise.resolve({ getTracks: () => tracks } as unknown as MediaStream);
    });
    await model.openDevices();
    await model.toggleDevice('camera');
    model.join('Me');
    await model.leave();
    expect(model.state.value.devices.microphone.kind).toBe('off');
    state.set({ ...state.value, media: 'none', locked: true });
    await model.rejoin();
    expect(model.state.value.devices).toMatchObject({ microphone: { kind: 'on' }, camera: { kind: 'off' } });
  });
});
