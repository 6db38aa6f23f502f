/** Calls out of a conference, against gateways that call, refuse, are silent, or are not there. */
import {
  type Dial,
  el,
  encodeBridgeStats,
  encodeDial,
  NS,
  parseStanzaError,
  ROOM_HEADER,
  stanzaError,
  TRANSCRIBER,
} from '@conclave/signaling';
import { beforeEach, describe, expect, it } from 'vitest';
import { openConference, openModerated } from '../conference/scene.test.support.js';
import type { ScriptedAnswer } from '../scripted-connection.test.support.js';
import type { StageClient } from '../stage-client.test.support.js';
import { ROOM } from '../stage-room.test.support.js';
import type { Stage } from '../stage.test.support.js';
import { settled } from '../virtual-clock.test.support.js';

let stage: Stage;
let moderator: StageClient;
let guest: StageClient;
let answers: Map<string, ScriptedAnswer>;
/** Gateways that were asked to call, in order. */
let asked: string[];

beforeEach(async () => {
  ({ stage, moderator, guest } = await openModerated());
  answers = new Map();
  asked = [];
  stage.override = (iq) => {
    if (!iq.getChild('dial', NS.rayo)) return 'default';
    const nick = String(iq.attrs['to']).split('/')[1]!;
    asked.push(nick);
    return answers.get(nick) ?? el('ref', { xmlns: NS.rayo, uri: `xmpp:call@${nick}.example` });
  };
});

const gateway = (nick: string, stats: Record<string, string> = {}) =>
  stage.brew('jigasibrewery', nick, encodeBridgeStats({ supports_sip: 'true', participants: '0', ...stats }));
const dial = async (from: { readonly jid: string }, more: Partial<Dial> = {}) => {
  const call = { to: '+4930', headers: { [ROOM_HEADER]: ROOM }, ...more };
  const reply = await stage.ask(from, encodeDial(call));
  return parseStanzaError(reply)?.condition ?? (reply.getChild('ref', NS.rayo)?.attrs['uri'] as string);
};

describe('a call', () => {
  it('is made by the gateway with the fewest participants', async () => {
    await gateway('full', { participants: '7' });
    await gateway('free', { participants: '2' });
    await gateway('leaving', { graceful_shutdown: 'true' });
    await gateway('deaf', { supports_sip: 'false' });
    expect(await dial(moderator)).toBe('xmpp:call@free.example');
  });

  it('is made near the bridges, else near the focus', async () => {
    const regions = { groups: [['eu-west', 'eu-east']], local: 'us' };
    const scene = await openConference({ bridges: { regions } });
    const { override } = stage;
    stage = scene.stage;
    stage.override = override;
    stage.reportBridge(scene.bridge, { region: 'eu-west' });
    [moderator] = await scene.pair();
    stage.promote(moderator, 'owner', 'moderator');
    await gateway('far', { region: 'ap' });
    expect(await dial(moderator)).toBe('xmpp:call@far.example');
    await gateway('home', { region: 'us', participants: '5' });
    expect(await dial(moderator)).toBe('xmpp:call@home.example');
    await gateway('near', { region: 'eu-east', participants: '6' });
    expect(await dial(moderator)).toBe('xmpp:call@near.example');
    await gateway('here', { region: 'eu-west', participants: '7' });
    expect(await dial(moderator)).toBe('xmpp:call@here.example');
  });

  it('is made by another one when a gateway fails', async () => {
    answers.set('one', stanzaError('resource-constraint'));
    answers.set('two', 'silence');
    await gateway('one');
    await gateway('two', { participants: '1' });
    await gateway('three', { participants: '2' });
    const call = dial(moderator);
    await settled();
    await stage.clock.advance(15_000);
    expect(await call).toBe('xmpp:call@three.example');
    expect(asked).toEqual(['one', 'two', 'three']);
  });

  it('fails as the last gateway did', async () => {
    expect(await dial(moderator)).toBe('service-unavailable');
    answers.set('one', stanzaError('forbidden'));
    await gateway('one');
    expect(await dial(moderator)).toBe('undefined-condition');
    answers.set('one', 'silence');
    const call = dial(moderator);
    await settled();
    await stage.clock.advance(15_000);
    expect(await call).toBe('remote-server-timeout');
  });

  it('is for moderators, and into their own room', async () => {
    await gateway('one');
    expect(await dial(guest)).toBe('forbidden');
    expect(await dial(moderator, { headers: { [ROOM_HEADER]: 'r2@conference.meet.example' } })).toBe(
      'forbidden',
    );
    expect(await dial(moderator, { headers: {} })).toBe('forbidden');
    expect(await dial({ jid: 'r2@conference.meet.example/aaaa' })).toBe('item-not-found');
    expect(asked).toEqual([]);
  });

  it('of a transcriber goes to one, and to none when there is one in the room', async () => {
    await gateway('voice');
    await gateway('scribe', { supports_sip: 'false', supports_transcription: 'true' });
    expect(await dial(moderator, { to: TRANSCRIBER })).toBe('xmpp:call@scribe.example');
    const features = el('features', {}, el('feature', { var: 'http://jitsi.org/protocol/transcriber' }));
    const pretender = await stage.join('cccc', { children: [features] });
    expect(await dial(moderator, { to: TRANSCRIBER })).toBe('xmpp:call@scribe.example');
    await stage.leave(pretender);
    await stage.join('dddd', { realJid: 'scribe@recorder.meet.example/1', children: [features] });
    expect(await dial(moderator, { to: TRANSCRIBER })).toBe('conflict');
  });

  it.each([
    ['nobody', el('dial', { xmlns: NS.rayo })],
    [
      'with too many headers',
      encodeDial({
        to: 'x',
        headers: Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`h${n}`, ''])),
      }),
    ],
  ])('to %s is refused', async (_, payload) => {
    expect(parseStanzaError(await stage.ask(moderator, payload))?.condition).toBe('bad-request');
  });
});
