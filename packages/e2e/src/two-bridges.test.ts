/** A meeting that spans two bridges: each person is on another one, and they see and hear each other through the link between them. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { launchBrowser, Person } from './harness/browser.js';
import { type Instance, startInstance } from './harness/instance.js';
import { freeTcpPort, freeUdpPort } from './harness/ports.js';
import type { ServiceProcess } from './harness/service-process.js';

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
  const [host, guest] = people;
  await host.knock(room);
  await host.isWaiting();
  await host.logIn('hanna', 'correct horse');
  await guest.knock(room);
  for (const person of people) await person.isIn(room, 2);
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

describe('a meeting on two bridges', { timeout: 120_000 }, () => {
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
