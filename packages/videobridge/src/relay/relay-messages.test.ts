/** What bridges of one conference tell each other of those who are on them, and what they believe. */
import { EventEmitter, once } from 'node:events';

import { stringifyBridgeMessage } from '@conclave/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { ConferenceChannels } from '../conference/channels.js';
import { audioSource, Meeting, type Member } from '../conference/meeting.testing.js';
import { LinkChannel } from './link-channel.js';
import { alice, aliceAndBob, announce, ask, audio, link } from './linked-meetings.testing.js';

// Connections in earnest take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let meetings: Meeting[];
let one: Meeting;
let two: Meeting;

beforeEach(async () => {
  meetings = await Promise.all([Meeting.open(), Meeting.open()]);
  [one, two] = meetings as [Meeting, Meeting];
});

afterEach(() => {
  for (const meeting of meetings) meeting.close();
});

describe('a bridge', () => {
  it('passes messages to all, and to the bridge of whom they are for', async () => {
    const { a, b } = await aliceAndBob(one, two);
    const heard = new EventEmitter();
    const open = (member: Member, name: string) =>
      member.client.openChannel('JVB data channel', '', (text) => heard.emit(name, JSON.parse(text)));
    const [fromAlice] = await Promise.all([open(a, 'alice'), open(b, 'bob')]);
    const got = async (): Promise<unknown> => {
      for (;;) {
        const [message] = (await once(heard, 'bob')) as [{ colibriClass: string }];
        if (message.colibriClass === 'EndpointMessage') return message;
      }
    };
    for (const to of ['', 'bob']) {
      const message = got();
      fromAlice(stringifyBridgeMessage({ colibriClass: 'EndpointMessage', to, msgPayload: { to } }));
      expect(await message).toMatchObject({ from: 'alice', msgPayload: { to } });
    }
  });

  it('tells the other bridge that a source is a screen', async () => {
    const { a, links } = await aliceAndBob(one, two);
    const say = await a.client.openChannel('JVB data channel', '', () => undefined);
    say(
      stringifyBridgeMessage({
        colibriClass: 'SourceVideoTypeMessage',
        sourceName: 'alice-v0',
        videoType: 'desktop',
      }),
    );
    await two.until(() =>
      two.conference.relays.sources.some(
        (source) => source.type === 'video' && source.videoType === 'desktop',
      ),
    );
    expect(links[1].endpoints.get('alice')?.sources).toHaveLength(2);
  });

  it('believes of another bridge only what it says of its own endpoints', async () => {
    const { b, links } = await aliceAndBob(one, two);
    await two.join('carol');
    const delivered = vi.spyOn(ConferenceChannels.prototype, 'deliver');
    const say = (from: string) =>
      links[0].channel.send({ colibriClass: 'EndpointMessage', to: '', from, msgPayload: {} });
    for (const from of ['bob', 'carol', 'mallory', 'alice']) say(from);
    await two.until(() => delivered.mock.calls.length > 0);
    expect(delivered.mock.calls.map(([message]) => message.from)).toEqual(['alice']);
    delivered.mockRestore();
    const told = vi.spyOn(ConferenceChannels.prototype, 'tellAll');
    for (const endpoint of ['bob', 'carol', 'mallory', 'alice'])
      links[0].channel.send({
        colibriClass: 'EndpointConnectivityStatusChangeEvent',
        endpoint,
        active: false,
      });
    await two.until(() => told.mock.calls.length > 0);
    expect(told.mock.calls.map(([message]) => 'endpoint' in message && message.endpoint)).toEqual(['alice']);
    told.mockRestore();
    // Nor does news that comes late take somebody away who is here.
    announce(two, one, 'bob', [audioSource('bob', 91)]);
    expect(two.conference.relays.endpoint('bob')).toBeUndefined();
    expect(b.endpoint.connected).toBe(true);
  });

  it('counts another that is linked and has no channel for half a minute', async () => {
    const opened = vi.spyOn(LinkChannel.prototype, 'attach').mockReturnValue();
    const links = link(one, two);
    await one.until(() => links.every(({ connected }) => connected));
    const now = performance.now();
    one.conference.report(now);
    expect(one.bridge.totals.relaysWithoutChannel).toBe(0);
    for (const later of [30_000, 60_000]) one.conference.report(now + later);
    expect(one.bridge.totals.relaysWithoutChannel).toBe(1);
    opened.mockRestore();
  });

  it('hears who speaks on the other bridge', async () => {
    await aliceAndBob(one, two);
    expect(new Set(two.conference.speakers)).toEqual(new Set(['alice', 'bob']));
  });

  it('forgets who has left the other bridge', async () => {
    const { links } = await aliceAndBob(one, two);
    ask(two, {
      id: one.bridge.relayId,
      endpoints: [{ id: 'alice', expire: true, media: [], capabilities: [] }],
    });
    expect(links[1].endpoints.size).toBe(0);
    expect(two.conference.speakers).toEqual(['bob']);
    expect(two.conference.relays.sources).toEqual([]);
  });

  it('takes an endpoint that moves from one bridge to the other, with the same sources', async () => {
    const { a } = await aliceAndBob(one, two);
    one.conference.expireEndpoint('alice', 'moves');
    a.client.close();
    const moved = await two.join('alice', alice);
    expect(moved.endpoint.sources).toHaveLength(2);
    expect(two.conference.relays.endpoint('alice')).toBeUndefined();
    announce(one, two, 'alice', alice);
    const c = await one.join('carol');
    moved.client.send(audio(11, 9));
    await c.rtp(11, 9);
  });
});
