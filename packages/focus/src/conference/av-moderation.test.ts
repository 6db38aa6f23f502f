/** A/V moderation: what the component of the XMPP server decides is enforced by the clients and at the bridge. */
import { el, parseStanzaError } from '@conclave/signaling';
import { beforeEach, describe, expect, it } from 'vitest';
import type { StageBridge } from '../stage-bridge.test.support.js';
import type { StageClient } from '../stage-client.test.support.js';
import { ROOM } from '../stage-room.test.support.js';
import type { Stage } from '../stage.test.support.js';
import { openConference, type Scene } from './scene.test.support.js';

const COMPONENT = 'avmoderation.meet.example';

let stage: Stage;
let bridge: StageBridge;
let pair: Scene['pair'];
let moderator: StageClient;
let other: StageClient;

beforeEach(async () => {
  ({ stage, bridge, pair } = await openConference());
  [moderator, other] = await pair();
  stage.promote(moderator, 'owner', 'moderator');
});

const about = (more: object) => ({ type: 'av_moderation', room: ROOM, ...more });
const enable = (mediaType: string, enabled = true) =>
  stage.notice(COMPONENT, about({ enabled, mediaType, actor: moderator.jid }));
const allow = (lists: Record<string, string[]>) =>
  stage.notice(COMPONENT, about({ mediaType: 'audio', whitelists: lists }));

/** What an endpoint was told by mute IQs, as `medium by actor`. */
const muted = ({ iqs }: StageClient) =>
  iqs.flatMap((iq) =>
    iq
      .getChildren('mute')
      .map((mute) => `${mute.getNS()!.split('/').at(-1)!} by ${String(mute.attrs['actor'])}`),
  );

/** What the bridge last heard of an endpoint. */
const forceMute = ({ nick }: StageClient) =>
  bridge.requests
    .flatMap(({ endpoints }) => endpoints)
    .findLast((endpoint) => endpoint.id === nick && endpoint.forceMute)?.forceMute;

const unmute = async (client: StageClient, medium = 'audio') =>
  parseStanzaError(
    await stage.ask(
      client,
      el('mute', { xmlns: `http://jitsi.org/jitmeet/${medium}`, jid: client.jid }, 'false'),
    ),
  )?.condition;

describe('moderation of a medium', () => {
  it('mutes everybody but moderators, at the client and at the bridge', async () => {
    await enable('audio');
    expect(muted(other)).toEqual([`audio by ${moderator.jid}`]);
    expect(forceMute(other)).toEqual({ audio: true, video: false });
    expect(muted(moderator)).toEqual([]);
    expect(forceMute(moderator)).toBeUndefined();
  });

  it('leaves recorders alone, who send nothing', async () => {
    const jibri = el('features', {}, el('feature', { var: 'http://jitsi.org/protocol/jibri' }));
    const realJid = 'jibri@auth.meet.example/1';
    const recorder = await stage.join('jibri', { realJid, children: [jibri] });
    await enable('audio');
    expect(muted(recorder)).toEqual([]);
    expect(forceMute(recorder)).toBeUndefined();
  });

  it('lets those unmute who are on the list', async () => {
    await enable('AUDIO');
    expect(await unmute(other)).toBe('not-allowed');
    await allow({ audio: [moderator.jid, other.jid] });
    expect(await unmute(other)).toBeUndefined();
    expect(forceMute(other)).toEqual({ audio: false, video: false });
    await allow({});
    expect(forceMute(other)).toEqual({ audio: true, video: false });
    expect(muted(other)).toHaveLength(2);
  });

  it('of the camera keeps video back at the bridge only together with that of the desktop', async () => {
    await enable('video');
    expect(forceMute(other)).toEqual({ audio: false, video: false });
    expect(await unmute(other, 'video')).toBe('not-allowed');
    await enable('desktop');
    expect(forceMute(other)).toEqual({ audio: false, video: true });
    expect(muted(other).map((text) => text.split(' ')[0])).toEqual(['video', 'desktop']);
  });

  it('ends for everybody when it is switched off, and for those who become moderators', async () => {
    await enable('audio');
    stage.promote(other, 'owner', 'moderator');
    expect(forceMute(other)).toEqual({ audio: false, video: false });
    stage.promote(other, 'none', 'participant');
    expect(forceMute(other)).toEqual({ audio: true, video: false });
    await enable('audio', false);
    expect(forceMute(other)).toEqual({ audio: false, video: false });
    expect(await unmute(other)).toBeUndefined();
  });

  it('lets newcomers start muted, and their endpoints be muted from the beginning', async () => {
    await enable('audio');
    const late = await stage.join('cccc');
    expect(late.jingles.at(-1)!.startMuted).toEqual({ audio: true, video: false });
    expect(forceMute(late)).toEqual({ audio: true, video: false });
    expect(muted(late)).toEqual([]);
  });

  it('costs the bridge nothing while nothing changes', async () => {
    await enable('audio');
    const before = bridge.requests.length;
    await enable('audio');
    stage.present(other);
    stage.present(moderator);
    stage.promote(moderator, 'owner', 'moderator');
    expect(bridge.requests.length - before).toBeLessThanOrEqual(2);
    expect(muted(other)).toHaveLength(1);
  });
});

describe('a notice', () => {
  it.each([
    ['of somebody else', `${ROOM}/bbbb`, { enabled: true, mediaType: 'audio' }],
    ['of the component for another thing', 'metadata.meet.example', { enabled: true, mediaType: 'audio' }],
    ['of a medium that there is not', COMPONENT, { enabled: true, mediaType: 'smell' }],
    ['of another room', COMPONENT, { enabled: true, mediaType: 'audio', room: 'r2@conference.meet.example' }],
  ])('%s changes nothing', async (_, from, more) => {
    await stage.notice(from, about(more));
    expect(muted(other)).toEqual([]);
    expect(forceMute(other)).toBeUndefined();
  });

  it.each(['', '{', 'null', '[]', '{"type":"av_moderation"}', '"x"'])(
    'that reads %j is ignored',
    async (text) => {
      await stage.notice(COMPONENT, text);
      expect(stage.focus.stats().conferences).toBe(1);
    },
  );

  it('about who starts muted holds for those who come after it', async () => {
    const startMuted = { audio: true, video: true };
    const metadata = { type: 'room_metadata', metadata: { startMuted, other: 1 } };
    await stage.notice('metadata.meet.example', metadata, { room: ROOM });
    await stage.notice('metadata.meet.example', { type: 'room_metadata', metadata: {} }, { room: ROOM });
    expect((await stage.join('cccc')).jingles.at(-1)!.startMuted).toEqual(startMuted);
  });
});

describe('components', () => {
  it('are asked for again when the domain does not answer, and heard with what they said meanwhile', async () => {
    let deaf = true;
    const fresh = await openConference();
    fresh.stage.override = (iq) => (deaf && iq.attrs['to'] === 'meet.example' ? 'silence' : 'default');
    fresh.stage.connection.goOffline();
    fresh.stage.connection.goOnline(false);
    const [, client] = await fresh.pair();
    await fresh.stage.notice(COMPONENT, about({ enabled: true, mediaType: 'audio' }));
    deaf = false;
    await fresh.stage.clock.advance(15_000);
    expect(muted(client)).toEqual([]);
    await fresh.stage.clock.advance(5_000);
    expect(muted(client)).toEqual([`audio by ${ROOM}/focus`]);
  });
});
