/** An operator who hears that somebody's video is bad for somebody else finds out why, with conclavectl and nothing else. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { launchBrowser, Person } from './harness/browser.js';
import { type Instance, startInstance } from './harness/instance.js';

const patience = { timeout: 40_000, interval: 500 };

let browser: Browser;
let instance: Instance;
let anna: Person;
let bob: Person;
/** Endpoint ids. */
let ids: readonly string[];

beforeAll(async () => {
  browser = await launchBrowser(4);
  instance = await startInstance('all in one process');
  await instance.conclavectl('register', 'anna', instance.domain, 'correct horse');
  anna = await Person.arrive(browser, instance, 'Anna');
  bob = await Person.arrive(browser, instance, 'Bob');
  await anna.knock('planning');
  await anna.isWaiting();
  await anna.logIn('anna', 'correct horse');
  await anna.isIn('planning', 1);
  await bob.knock('planning');
  for (const person of [anna, bob]) await person.isIn('planning', 2);
}, 120_000);

afterAll(async () => {
  for (const person of [anna, bob]) await person.vanish();
  await instance.stop();
  await browser.close();
});

interface Endpoint {
  readonly transport: {
    readonly state: string;
    readonly ice: { readonly remote: { readonly type: string } };
  };
  readonly channel: { readonly open: boolean };
  readonly sources: readonly {
    readonly type: string;
    readonly name: string;
    readonly wanted?: Record<string, number>;
    readonly encodings?: readonly { readonly bitrate: number; readonly lossPercent: number }[];
  }[];
  readonly reception: {
    readonly video: readonly {
      readonly source: string;
      readonly wanted: number;
      readonly reason: string;
      readonly target: { readonly height: number } | null;
      readonly stream: { readonly ssrc: number; readonly waitsForKeyframe: boolean };
    }[];
  };
  readonly history: readonly { readonly estimate: number | null }[];
}

const ctl = async (...args: string[]): Promise<string> => {
  const { code, output } = await instance.conclavectl(...args);
  expect(code).toBe(0);
  return output.trim();
};
const endpoint = async (id: string): Promise<Endpoint> =>
  JSON.parse(await ctl('endpoint', 'planning', id)) as Endpoint;

describe('an operator', { timeout: 120_000 }, () => {
  it('finds the bridge, the conference and who is in it', async () => {
    await vi.waitFor(async () => {
      expect(await ctl('bridges')).toMatch(/^jvb-\w+ \(well\) stress [\d.]+ conferences 1 participants 2$/);
    }, patience);
    const [, , room, ...found] = (await ctl('conferences')).split(' ');
    expect(room).toBe(`planning@conference.${instance.domain}`);
    expect(found).toHaveLength(2);
    ids = found;
  });

  it('sees what each sends, what each is sent, and why it is not more', async () => {
    const [first = '', second = ''] = ids;
    await bob.tellBridge({
      colibriClass: 'ReceiverVideoConstraints',
      lastN: -1,
      defaultConstraints: { maxHeight: 180 },
    });
    const states = async (): Promise<Endpoint[]> => [await endpoint(first), await endpoint(second)];
    await vi.waitFor(async () => {
      const found = await states();
      const received = found.flatMap(({ reception }) => reception.video);
      // One of the two is Bob, who wants no more, and gets it.
      expect(received.map(({ reason }) => reason)).toEqual(['as wanted', 'as wanted']);
      const small = received.find(({ wanted }) => wanted === 180);
      expect(small?.target?.height).toBeLessThanOrEqual(180);
      expect(small?.stream.waitsForKeyframe).toBe(false);
      for (const { history } of found) expect(history.at(-1)?.estimate).toBeGreaterThan(100_000);
    }, patience);
    for (const { channel, sources, transport } of await states()) {
      expect([transport.state, channel.open]).toEqual(['connected', true]);
      const camera = sources.find(({ type }) => type === 'video');
      expect(camera?.encodings?.some(({ bitrate }) => bitrate > 10_000)).toBe(true);
      expect(Object.values(camera?.wanted ?? {})).toHaveLength(1);
    }
    await bob.tellBridge({ colibriClass: 'ReceiverVideoConstraints', lastN: 0 });
    await vi.waitFor(async () => {
      const reasons = (await states()).flatMap(({ reception }) =>
        reception.video.map(({ reason }) => reason),
      );
      expect(reasons.sort()).toEqual(['as wanted', 'beyond last-N']);
    }, patience);
  });

  it('traces the headers of what passes, and of one endpoint only', async () => {
    const [first = ''] = ids;
    const lines = (await ctl('trace', 'planning', first, '--seconds', '2')).split('\n');
    expect(lines.shift()).toMatch('headers, no content');
    const packets = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(packets.some(({ direction, rtcp }) => direction === 'in' && rtcp === undefined)).toBe(true);
    expect(packets.some(({ rtcp }) => String(rtcp).includes('transport-cc'))).toBe(true);
    for (const packet of packets) {
      const known = [
        'at',
        'direction',
        'size',
        'ssrc',
        'payloadType',
        'sequence',
        'timestamp',
        'marker',
        'rtcp',
      ];
      expect(known).toEqual(expect.arrayContaining(Object.keys(packet)));
    }
  });

  it('drains the bridge by name, and takes that back', async () => {
    const [bridge = ''] = (await ctl('bridges')).split(' ');
    expect(await ctl('drain', bridge)).toBe(`${bridge} drains.`);
    expect(await ctl('bridges')).toMatch('(draining)');
    await ctl('drain', bridge, '--off');
    expect(await ctl('bridges')).toMatch('(well)');
  });
});
