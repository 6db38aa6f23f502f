/** What the focus asks of a bridge about its relays, and what the bridge at the other end wishes. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { audioSource, MEDIA, Meeting, VP8 } from '../conference/meeting.testing.js';
import { VideoSource } from '../conference/video-source.js';
import { ask, bob, transportOf } from './linked-meetings.testing.js';
import type { Relay } from './relay.js';

let one: Meeting;
beforeEach(async () => {
  one = await Meeting.open();
});
afterEach(() => one.close());

describe('a request about a relay', () => {
  const refused = (request: Parameters<typeof ask>[1]) => () => ask(one, request);
  const transport = { sctp: { role: 'client' } } as const;

  it.each([
    ['that is not known', { id: 'x' }, 'bad-request'],
    ['without a transport', { id: 'x', create: true, meshId: '0' }, 'bad-request'],
    ['without a mesh', { id: 'x', create: true, transport }, 'bad-request'],
    ['that is to have no channel', { id: 'x', create: true, meshId: '0', transport: {} }, 'feature-not'],
  ])('is refused for one %s', (_what, request, condition) => {
    expect(refused(request)).toThrow(condition);
    expect(one.conference.relays.size).toBe(0);
  });

  it('is refused for one that exists', () => {
    ask(one, { id: 'x', create: true, meshId: '0', transport });
    expect(refused({ id: 'x', create: true, meshId: '0', transport })).toThrow('conflict');
    expect(one.conference.relays.size).toBe(1);
  });

  it('is answered with a transport that leaves the parts in DTLS open', () => {
    const answer = ask(one, { id: 'x', create: true, meshId: '0', transport: { sctp: { role: 'server' } } });
    expect(answer.relays).toMatchObject([{ id: 'x', transport: { sctp: { role: 'server', port: 5000 } } }]);
    expect(transportOf(answer)).toMatchObject({ fingerprints: [{ setup: 'actpass' }] });
    expect(transportOf(answer).candidates.map(({ port }) => port)).toContain(one.bridge.mediaPort);
  });

  it('takes the formats of the conference, but no feedback of congestion control', () => {
    ask(one, { id: 'x', create: true, meshId: '0', transport, media: MEDIA });
    const { formats } = one.conference.relays.get('x')!;
    expect(formats.payload(VP8)).toMatchObject({ medium: 'video', codec: 'vp8' });
    expect(formats.extensions.transportCc).toBeGreaterThan(0);
    expect(formats.transportCcFeedback).toBe(false);
  });

  it('refuses sources that clash with those of endpoints here', async () => {
    await one.join('bob', bob);
    ask(one, { id: 'x', create: true, meshId: '0', transport });
    ask(one, {
      id: 'x',
      endpoints: [
        { id: 'mallory', create: true, media: [], sources: [audioSource('mallory', 21)], capabilities: [] },
      ],
    });
    expect(one.conference.relays.sources).toEqual([]);
  });
});

describe('what another bridge wishes', () => {
  const transport = { sctp: { role: 'client' } } as const;
  const wished = (others: number) => {
    ask(one, { id: 'x', create: true, meshId: '0', transport });
    const relay = one.conference.relays.get('x')!;
    relay.wish('alice-v0', 180);
    for (let other = 0; other < others; other++) relay.wish(`${other}-v0`, 720);
    return relay;
  };
  const sees = (relay: Relay) => {
    relay.see([new VideoSource('alice', 'alice-v0', [{ ssrc: 12, rtx: 13 }], relay.formats, 'camera')]);
    return (relay.state as { sent: { maxHeight: number }[] }).sent[0]?.maxHeight;
  };

  it('is remembered, also of a source that is not there yet', () => {
    expect(sees(wished(999))).toBe(180);
  });

  it('is forgotten for a thousand others', () => {
    expect(sees(wished(1000))).toBe(0);
  });

  it('is remembered longer when it is said again, and makes nothing else forgotten', () => {
    const relay = wished(999);
    relay.wish('998-v0', 360);
    expect(sees(relay)).toBe(180);
    relay.wish('alice-v0', 360);
    relay.wish('new-v0', 720);
    relay.see([]);
    expect(sees(relay)).toBe(360);
  });
});
