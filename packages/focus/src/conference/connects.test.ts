/** Transcription and translation: what the room's metadata ask for reaches the bridges as connects and synthetic sources. */
import { el, stanzaError } from '@conclave/signaling';
import { describe, expect, it } from 'vitest';
import type { StageBridge } from '../stage-bridge.test.support.js';
import { ROOM } from '../stage-room.test.support.js';
import type { Stage } from '../stage.test.support.js';
import { connectUrl, isConnectTemplate } from './connect-url.js';
import { actions, endpoints, openConference, type Scene } from './scene.test.support.js';

const TRANSCRIBER = 'wss://{{REGION}}.transcriber.example/{{MEETING_ID}}?v=1';
const transcription = { urlTemplate: TRANSCRIBER, headers: { Authorization: 'Bearer t', 'X-A': 'a' } };
const translation = { urlTemplate: 'wss://translator.example/{{MEETING_ID}}' };

let stage: Stage;
let bridge: StageBridge;
let pair: Scene['pair'];
const open = async (settings: object = {}) => {
  ({ stage, bridge, pair } = await openConference(settings));
  stage.reportBridge(bridge, { region: 'eu' });
};
const describeRoom = (metadata: object) =>
  stage.notice('metadata.meet.example', { type: 'room_metadata', metadata }, { room: ROOM });
const transcribe = (on = true, more: object = {}) =>
  describeRoom({ asyncTranscription: true, recording: { isTranscribingEnabled: on }, ...more });
const translate = (requests: Record<string, string[]>) =>
  describeRoom({ audioTranslationRequests: requests });

const connects = ({ requests }: StageBridge) => requests.flatMap(({ connects: list = [] }) => list);
const wishes = (at: StageBridge) =>
  connects(at).map(({ id, create, expire }) => `${create ? 'create' : expire ? 'expire' : 'update'} ${id}`);
const property = (key: string) =>
  stage.focusPresence
    ?.getChild('conference-properties')
    ?.getChildren('property')
    .find(({ attrs }) => attrs['key'] === key)?.attrs['value'] as string | undefined;
const synthetic = (at: StageBridge, endpoint: string) =>
  at.requests
    .flatMap((request) => request.endpoints)
    .findLast(({ id, sources }) => id === endpoint && sources)
    ?.sources?.filter((source) => source.synthetic);

describe('transcription', () => {
  it('connects one bridge with the service, once it is wanted and until it is not', async () => {
    await open({ transcription });
    await pair();
    await transcribe();
    expect(connects(bridge)).toEqual([
      {
        id: 'transcriber',
        create: true,
        url: 'wss://eu.transcriber.example/meeting-1?v=1',
        protocol: 'mediajson',
        type: 'transcriber',
        audio: true,
        headers: [
          { name: 'Authorization', value: 'Bearer t' },
          { name: 'X-A', value: 'a' },
        ],
        ping: { intervalMs: 10_000, timeoutMs: 3_000 },
        exports: [],
        requests: [],
      },
    ]);
    expect(property('audio-recording-enabled')).toBe('true');
    await transcribe();
    expect(wishes(bridge)).toEqual(['create transcriber']);
    await transcribe(false);
    expect(wishes(bridge)).toEqual(['create transcriber', 'expire transcriber']);
    expect(property('audio-recording-enabled')).toBe('false');
  });

  it('takes parameters and headers of the room, which stay until it ends', async () => {
    await open({ transcription });
    await pair();
    const room = (lang: string) => ({ transcription: { urlParams: { lang }, httpHeaders: { 'X-A': 'b' } } });
    await transcribe(true, room('d&e'));
    await transcribe(true, room('fr'));
    expect(connects(bridge).map(({ url, headers }) => [url, headers.at(-1)])).toEqual([
      ['wss://eu.transcriber.example/meeting-1?v=1&lang=d%26e', { name: 'X-A', value: 'b' }],
    ]);
  });

  it('needs one participant only, who waited, and is let go a while after it', async () => {
    await open({ transcription });
    const a = await stage.join('aaaa');
    expect(actions(a)).toEqual([]);
    await transcribe();
    expect(actions(a)).toEqual(['session-initiate']);
    expect(endpoints(bridge)).toEqual(['create aaaa']);
    expect(wishes(bridge)).toEqual(['create transcriber']);
    await stage.clock.advance(60_000);
    expect(actions(a)).toEqual(['session-initiate']);
    await transcribe(false);
    await stage.clock.advance(20_000);
    expect(actions(a)).toEqual(['session-initiate', 'session-terminate']);
  });

  it('moves with the conference to another bridge', async () => {
    await open({ transcription });
    await pair();
    await transcribe();
    const other = await stage.addBridge('jvb2', { region: 'us' });
    await stage.removeBridge(bridge);
    await stage.clock.advance(1_000);
    expect(connects(other).map(({ id, url }) => [id, url])).toEqual([
      ['transcriber', 'wss://us.transcriber.example/meeting-1?v=1'],
    ]);
  });

  it('costs nobody a session where the bridge knows no connects', async () => {
    await open({ transcription });
    const [a] = await pair();
    bridge.answer = (request) => (request.connects ? stanzaError('feature-not-implemented') : 'good');
    await transcribe();
    expect(actions(a)).not.toContain('session-terminate');
    expect(stage.focus.stats().participants).toBe(2);
  });

  it('is only said where the operator has no service for it', async () => {
    await open();
    await pair();
    await transcribe();
    expect(connects(bridge)).toEqual([]);
    expect(property('audio-recording-enabled')).toBe('true');
  });

  it('is not what transcribing by a gateway asks for', async () => {
    await open({ transcription });
    await pair();
    await describeRoom({ recording: { isTranscribingEnabled: true } });
    expect(connects(bridge)).toEqual([]);
    expect(property('audio-recording-enabled')).toBeUndefined();
  });

  it('tells apart who speaks at endpoints that say so', async () => {
    await open();
    const diarize = el('jitsi_participant_diarize', {}, 'true');
    await stage.join('aaaa', { children: [diarize] });
    await stage.join('bbbb');
    expect(bridge.requests.map(({ endpoints: [endpoint] }) => endpoint?.diarize)).toEqual([true, undefined]);
  });
});

describe('translation', () => {
  it('is a synthetic source of the speaker for each language, made by a connect', async () => {
    await open({ translation });
    await pair();
    await translate({ aaaa: ['fr', 'de'] });
    expect(synthetic(bridge, 'aaaa')).toMatchObject([
      { type: 'audio', id: 'aaaa-a0.fr', sources: [{ name: 'aaaa-a0.fr' }] },
      { type: 'audio', id: 'aaaa-a0.de' },
    ]);
    expect(connects(bridge)).toMatchObject([
      {
        id: 'translator-aaaa-a0-0',
        type: 'translator',
        create: true,
        url: 'wss://translator.example/meeting-1',
        exports: ['aaaa-a0'],
        requests: ['aaaa-a0.fr', 'aaaa-a0.de'],
      },
    ]);
  });

  it('changes in place; the order of languages means nothing, and SSRCs stay', async () => {
    await open({ translation });
    await pair();
    await translate({ aaaa: ['fr', 'de'] });
    const before = synthetic(bridge, 'aaaa')![0]!.sources[0]!.ssrc;
    await translate({ aaaa: ['de', 'fr'] });
    expect(wishes(bridge)).toEqual(['create translator-aaaa-a0-0']);
    await translate({ aaaa: ['fr'] });
    expect(connects(bridge).at(-1)).toMatchObject({ requests: ['aaaa-a0.fr'] });
    expect(wishes(bridge).at(-1)).toBe('update translator-aaaa-a0-0');
    expect(synthetic(bridge, 'aaaa')!.map(({ sources: [source] }) => source!.ssrc)).toEqual([before]);
    await translate({});
    expect(wishes(bridge).at(-1)).toBe('expire translator-aaaa-a0-0');
    expect(synthetic(bridge, 'aaaa')).toEqual([]);
  });

  it('is divided among connects of a few languages each', async () => {
    await open({ translation: { ...translation, maxLanguagesPerConnect: 2 } });
    await pair();
    await translate({ aaaa: ['fr', 'de', 'it'] });
    expect(connects(bridge).map(({ id, requests }) => [id, requests])).toEqual([
      ['translator-aaaa-a0-0', ['aaaa-a0.fr', 'aaaa-a0.de']],
      ['translator-aaaa-a0-1', ['aaaa-a0.it']],
    ]);
  });

  it('is one connect for all speakers where the operator wants that', async () => {
    await open({ translation: { ...translation, mode: 'single-bridge' } });
    await pair();
    await translate({ aaaa: ['fr'], bbbb: ['fr'] });
    expect(connects(bridge)).toMatchObject([
      { id: 'translator', exports: ['aaaa-a0', 'bbbb-a0'], requests: ['aaaa-a0.fr', 'bbbb-a0.fr'] },
    ]);
  });

  it('begins when the speaker has a source, and is never told to clients', async () => {
    await open({ translation });
    await translate({ aaaa: ['fr'] });
    const [a, b] = await pair();
    expect(wishes(bridge)).toEqual(['create translator-aaaa-a0-0']);
    for (const { jingles } of [a, b]) expect(JSON.stringify(jingles)).not.toContain('.fr');
  });

  it('counts as sources of the speaker', async () => {
    await open({ translation, conference: { maxSourcesPerParticipant: 3 } });
    await pair();
    await translate({ aaaa: ['fr', 'de', 'it', 'es'] });
    expect(synthetic(bridge, 'aaaa')).toHaveLength(2);
  });

  it.each([{ aaaa: 'fr' }, { aaaa: ['../x'] }, { aaaa: Array(30).fill('fr') }])(
    'is not begun by %j',
    async (requests) => {
      await open({ translation });
      await pair();
      await describeRoom({ audioTranslationRequests: requests });
      expect(connects(bridge)).toEqual([]);
    },
  );
});

describe('the URL of a service', () => {
  it('is filled in with what it may not break out of', () => {
    const site = { meetingId: 'a/b?c', region: undefined };
    expect(connectUrl('ws://s.example/{{MEETING_ID}}/{{REGION}}', site)).toBe('ws://s.example/a%2Fb%3Fc/');
  });

  it.each(['https://s.example', 'not a url', 'wss://s.example/{{OTHER}}'])('is not %s', (template) => {
    expect(isConnectTemplate(template)).toBe(false);
  });
});
