import { el, encodeCaps, encodeDiscoInfo, type Element, NS, stanzaError } from '@conclave/signaling';
import type { Occupant } from '@conclave/xmpp-connection';
import { beforeEach, describe, expect, it } from 'vitest';
import { type ScriptedAnswer, ScriptedConnection } from '../scripted-connection.test.support.js';
import { VirtualClock } from '../virtual-clock.test.support.js';
import { FeatureDiscovery } from './discovery.js';

const info = (...features: string[]) => ({ identities: [], features, forms: [] });
const NODE = 'https://jitsi.org/jitsi-meet';
const CAPABLE = info(NS.rtpAudio, NS.rtpVideo);

const occupant = (nick: string, ...children: Element[]): Occupant => ({
  nick,
  jid: `room1@conference.meet.example/${nick}`,
  affiliation: 'none',
  role: 'participant',
  presence: el('presence', {}, children),
});

describe('feature discovery', () => {
  let clock: VirtualClock;
  let connection: ScriptedConnection;
  let discovery: FeatureDiscovery;
  beforeEach(() => {
    clock = new VirtualClock();
    connection = new ScriptedConnection('focus@auth.meet.example/focus', clock);
    discovery = new FeatureDiscovery(connection);
  });
  const answer = (scripted: ScriptedAnswer) => (connection.answer = () => scripted);
  const media = async (member: Occupant) => [...(await discovery.discover(member)).media];

  it('asks the occupant', async () => {
    answer(encodeDiscoInfo(CAPABLE));
    expect(await media(occupant('a'))).toEqual(['audio', 'video']);
    expect(connection.sent[0]!.attrs).toMatchObject({ type: 'get', to: 'room1@conference.meet.example/a' });
  });

  it('asks only one of those who announce the same', async () => {
    answer(encodeDiscoInfo(CAPABLE));
    await media(occupant('a', encodeCaps(NODE, CAPABLE)));
    expect(await media(occupant('b', encodeCaps(NODE, CAPABLE)))).toEqual(['audio', 'video']);
    expect(connection.sent).toHaveLength(1);
  });

  it('does not let one who answers wrongly speak for others', async () => {
    answer(encodeDiscoInfo(info('nothing')));
    expect(await media(occupant('liar', encodeCaps(NODE, CAPABLE)))).toEqual([]);
    answer(encodeDiscoInfo(CAPABLE));
    expect(await media(occupant('b', encodeCaps(NODE, CAPABLE)))).toEqual(['audio', 'video']);
  });

  it('takes a client that answers with an error or nonsense for one without media', async () => {
    answer(stanzaError('service-unavailable'));
    expect(await media(occupant('a'))).toEqual([]);
    answer(el('query', { xmlns: NS.discoInfo }, el('feature')));
    expect(await media(occupant('a'))).toEqual([]);
    answer(undefined);
    expect(await media(occupant('a'))).toEqual([]);
  });

  it('takes a client that does not answer for a simple media client', async () => {
    answer('silence');
    const features = discovery.discover(occupant('a'));
    await clock.advance(15_000);
    expect(await features).toMatchObject({ data: true, retransmission: false, jsonSources: false });
  });
});
