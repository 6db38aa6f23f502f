import { el, NS, parseStanzaError } from '@conclave/signaling';
import { beforeEach, describe, expect, it } from 'vitest';
import type { StageClient } from '../stage-client.test.support.js';
import { ROOM } from '../stage-room.test.support.js';
import type { Stage } from '../stage.test.support.js';
import { openConference, type Scene } from './scene.test.support.js';

let stage: Stage;
let pair: Scene['pair'];
const open = async (...args: Parameters<typeof openConference>) => {
  ({ stage, pair } = await openConference(...args));
};

describe('a mute request', () => {
  beforeEach(() => open());
  const ask = async (from: StageClient, target: string, value: string, media = 'audio') =>
    parseStanzaError(
      await stage.ask(from, el('mute', { xmlns: `http://jitsi.org/jitmeet/${media}`, jid: target }, value)),
    )?.condition;

  it.each(['audio', 'video', 'desktop'])(
    'of a moderator for %s goes on to the participant',
    async (media) => {
      const [a, b] = await pair();
      stage.promote(a, 'owner', 'moderator');
      expect(await ask(a, b.jid, 'true', media)).toBeUndefined();
      const order = b.iqs.at(-1)!.getChild('mute', `http://jitsi.org/jitmeet/${media}`);
      expect([order?.attrs['actor'], order?.getText()]).toEqual([a.jid, 'true']);
    },
  );

  it('of anybody else is refused, and nobody unmutes another', async () => {
    const [a, b] = await pair();
    expect(await ask(a, b.jid, 'true')).toBe('not-allowed');
    stage.promote(a, 'owner', 'moderator');
    expect(await ask(a, b.jid, 'false')).toBe('not-allowed');
    expect(b.iqs.some((iq) => iq.getChild('mute'))).toBe(false);
  });

  it('of a recorder is refused, and of a gateway that does not know how', async () => {
    const [a] = await pair();
    stage.promote(a, 'owner', 'moderator');
    const service = (kind: string) =>
      el('features', {}, el('feature', { var: `http://jitsi.org/protocol/${kind}` }));
    const join = (nick: string, kind: string, more: string[] = []) =>
      stage.join(nick, {
        realJid: `${nick}@auth.meet.example/1`,
        children: [service(kind)],
        features: [NS.jingle, NS.rtpAudio, ...more],
      });
    const recorder = await join('jibri', 'jibri');
    const deaf = await join('deaf', 'jigasi');
    const gateway = await join('gateway', 'jigasi', ['http://jitsi.org/protocol/audio-mute']);
    expect(await ask(a, recorder.jid, 'true')).toBe('not-allowed');
    expect(await ask(a, deaf.jid, 'true')).toBe('not-allowed');
    expect(await ask(a, gateway.jid, 'true')).toBeUndefined();
  });

  it('about oneself needs no right and sends nothing', async () => {
    const [a] = await pair();
    const before = a.iqs.length;
    expect(await ask(a, a.jid, 'true')).toBeUndefined();
    expect(await ask(a, a.jid, 'false')).toBeUndefined();
    expect(a.iqs.length).toBe(before);
  });

  it('that is incomplete or about nobody is refused', async () => {
    const [a] = await pair();
    stage.promote(a, 'owner', 'moderator');
    expect(await ask(a, '', 'true')).toBe('bad-request');
    expect(await ask(a, a.jid, 'perhaps')).toBe('bad-request');
    expect(await ask(a, `${ROOM}/zzzz`, 'true')).toBe('item-not-found');
    expect(await ask({ ...a, jid: 'other@conference.meet.example/aaaa' }, a.jid, 'true')).toBe(
      'item-not-found',
    );
  });
});
