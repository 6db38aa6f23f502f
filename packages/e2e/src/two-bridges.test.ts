/** Meetings that span two bridges: people on different ones see and hear each other through the link between them. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { launchBrowser, Person } from './harness/browser.js';
import { type Instance, startInstance } from './harness/instance.js';
import { freeTcpPort, freeUdpPort } from './harness/ports.js';
import type { ServiceProcess } from './harness/service-process.js';
import { movingPictures, sizeOf } from './harness/three-people.js';

const room = 'far-and-near';
const patience = { timeout: 40_000, interval: 250 };

let browser: Browser;
let instance: Instance;
let other: ServiceProcess;
let otherPort: number;
let people: [Person, Person];

beforeAll(async () => {
  browser = await launchBrowser(10);
  instance = await startInstance('four processes', {
    CONCLAVE_FOCUS_BRIDGES_STRATEGY: 'split',
    CONCLAVE_FOCUS_BRIDGES_RELAYS: 'true',
  });
  const bridge = instance.processes.find(({ name }) => name === 'videobridge');
  if (bridge === undefined) throw new Error('there is no bridge');
  const [media, http] = await Promise.all([freeUdpPort(), freeTcpPort()]);
  otherPort = media;
  other = bridge.again({ CONCLAVE_MEDIA_PORT: String(media), CONCLAVE_BRIDGE_HTTP_PORT: String(http) });
  await instance.processes.find(({ name }) => name === 'focus')?.line(/bridge found/, 2);
  await instance.conclavectl('register', 'hanna', instance.domain, 'correct horse');
  people = [await Person.arrive(browser, instance, 'Hanna'), await Person.arrive(browser, instance, 'Gwen')];
  await people[0].logInOnce('hanna', 'correct horse');
}, 120_000);

afterAll(async () => {
  for (const person of people) await person.vanish();
  await other.stop();
  await instance.stop();
  await browser.close();
});

/** Resolves when more pictures and more sound have come to `person`. */
async function receivesMore(person: Person): Promise<void> {
  const before = await person.reception();
  await vi.waitFor(async () => {
    const now = await person.reception();
    expect(now.framesDecoded, `${person.name}: pictures`).toBeGreaterThan(before.framesDecoded + 5);
    expect(now.audioEnergy, `${person.name}: audible sound`).toBeGreaterThan(before.audioEnergy);
  }, patience);
}

const portOf = async (person: Person): Promise<string | undefined> =>
  (await person.reception()).remotes[0]?.split(':').at(-1);

/** Runs in the page: the layers of its camera, for each encoding that is sent (W3C WebRTC-SVC). */
async function layersInPage(): Promise<unknown[]> {
  const { connections } = (globalThis as unknown as { conclaveProbe: { connections: RTCPeerConnection[] } })
    .conclaveProbe;
  const report = await connections.at(-1)?.getStats();
  const stats = [...((report ?? new Map()) as Map<string, Record<string, unknown>>).values()];
  return stats
    .filter(({ type, kind, active }) => type === 'outbound-rtp' && kind === 'video' && active === true)
    .map(({ scalabilityMode }) => scalabilityMode);
}

describe('a camera that sends all sizes in one stream (k-SVC)', { timeout: 120_000 }, () => {
  let sender: Person;
  /** On the bridge of the sender, and on the other one. */
  let near: Person;
  let far: Person;
  let third: Person;
  let source = '';

  const sees = async (person: Person, size: string): Promise<void> => {
    await vi.waitFor(
      async () => expect((await movingPictures(person)).map(sizeOf)).toEqual([size]),
      patience,
    );
  };
  const ask = (person: Person, maxHeight: number): Promise<void> =>
    person.tellBridge({
      colibriClass: 'ReceiverVideoConstraints',
      lastN: -1,
      defaultConstraints: { maxHeight: 0 },
      constraints: { [source]: { maxHeight } },
    });

  beforeAll(async () => {
    const [host, guest] = people;
    third = await Person.arrive(browser, instance, 'Nora');
    const all = [host, guest, third];
    for (const person of all) await person.prefer('VP9');
    await host.knock('layers');
    await host.isIn('layers', 1);
    await Promise.all([guest.knock('layers'), third.knock('layers')]);
    for (const person of all) await person.isIn('layers', 3);
    const ports = await vi.waitFor(async () => {
      const found = await Promise.all(all.map(portOf));
      expect(new Set(found).size).toBe(2);
      expect(found).not.toContain(undefined);
      return found;
    }, patience);
    const alone = ports.findIndex((port) => ports.indexOf(port) === ports.lastIndexOf(port));
    far = all[alone] as Person;
    [sender, near] = all.filter((person) => person !== far) as [Person, Person];
    await vi.waitFor(async () => {
      const [seen, alsoSeen] = [await near.pictures(), await far.pictures()];
      const shared = seen.find((each) => alsoSeen.some((also) => also.source === each.source));
      expect(shared).toMatchObject({ codec: 'video/VP9' });
      source = String(shared?.source);
    }, patience);
    // The browsers share a machine: one camera is enough.
    await ask(sender, 0);
    await Promise.all([ask(near, 720), ask(far, 720)]);
  }, 120_000);

  afterAll(async () => {
    for (const person of people) {
      await person.page.unroute('**/config.js');
      await person.leave();
    }
    await third.vanish();
  });

  it('is seen in full height on both bridges', async () => {
    await Promise.all([sees(near, 'large'), sees(far, 'large')]);
    expect(await sender.page.evaluate(layersInPage)).toEqual(['L3T3_KEY']);
  });

  it('is small on the other bridge for who asks for that, and nowhere else', async () => {
    await ask(far, 180);
    await sees(far, 'small');
    await sees(near, 'large');
    expect(await sender.page.evaluate(layersInPage)).toEqual(['L3T3_KEY']);
  });

  it('is seen in full height there again', async () => {
    await ask(far, 720);
    await sees(far, 'large');
  });
});

describe('a meeting on two bridges', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    const [host, guest] = people;
    await host.knock(room);
    await host.isIn(room, 1);
    await guest.knock(room);
    for (const person of people) await person.isIn(room, 2);
  }, 120_000);

  it('has one person on each', async () => {
    for (const person of people) await receivesMore(person);
    const ports = await Promise.all(people.map(portOf));
    expect(new Set(ports)).toEqual(new Set([String(instance.ports.media), String(otherPort)]));
  });

  it('shows everybody the picture in full height, and a small one when that is enough', async () => {
    const [host] = people;
    const height = async () => (await host.pictures())[0]?.height ?? 0;
    await vi.waitFor(async () => expect(await height()).toBeGreaterThan(360), patience);
    await host.tellBridge({
      colibriClass: 'ReceiverVideoConstraints',
      defaultConstraints: { maxHeight: 180 },
      constraints: {},
    });
    await vi.waitFor(async () => expect(await height()).toBeLessThanOrEqual(180), patience);
  });

  it('passes on what people say to each other by the bridges', async () => {
    const [host, guest] = people;
    await host.tellBridge({ colibriClass: 'EndpointMessage', to: '', msgPayload: { hello: 'over there' } });
    await vi.waitFor(
      async () =>
        expect(await guest.bridgeMessages()).toContainEqual(
          expect.objectContaining({ colibriClass: 'EndpointMessage', msgPayload: { hello: 'over there' } }),
        ),
      patience,
    );
  });

  it('goes on on one of them when the other dies', async () => {
    await other.cut();
    for (const person of people) await vi.waitFor(() => receivesMore(person), { timeout: 60_000 });
    const ports = await Promise.all(people.map(portOf));
    expect(ports).toEqual(people.map(() => String(instance.ports.media)));
  });
});
