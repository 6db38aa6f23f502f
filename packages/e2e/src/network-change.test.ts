/**
 * A browser that comes to another network while its session goes on: it restarts ICE, and media find their way within the same Jingle
 * session. Where the former network still works, nothing is lost on the way.
 */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { launchBrowser, Person } from './harness/browser.js';
import { ImpairedLink } from './harness/impaired-link.js';
import { type Instance, startInstance } from './harness/instance.js';

const patience = { timeout: 40_000, interval: 250 };

let browser: Browser;
let instance: Instance;
let links: ImpairedLink[];
let host: Person;
let guest: Person;

interface Network {
  /** Where new paths go to. */
  mediaPort: number;
  conclaveProbe: { connections: RTCPeerConnection[] };
}

/** Runs in the page: its media go to the port of the network that it is in at that time, instead of the bridge's. */
function useNetwork(port: number): void {
  const network = globalThis as unknown as Network;
  network.mediaPort = port;
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    override setRemoteDescription({ type, sdp = '' }: RTCSessionDescriptionInit): Promise<void> {
      const candidates = /(a=candidate:\S+ \d+ udp \d+ \S+ )\d+/gi;
      return super.setRemoteDescription({ type, sdp: sdp.replace(candidates, `$1${network.mediaPort}`) });
    }
  };
}

/** The guest's paths lead through another relay from now on; whoever is `told` of it is the page. */
async function changeNetwork(told: boolean): Promise<ImpairedLink> {
  const link = await ImpairedLink.open(instance.ports.media);
  links.push(link);
  await guest.page.evaluate(
    ([port, tell]) => {
      (globalThis as unknown as Network).mediaPort = port;
      if (tell) globalThis.dispatchEvent(new Event('online'));
    },
    [link.port, told] as const,
  );
  return link;
}

/** Sound in both directions, as seen by who receives it. */
async function sound() {
  const [atGuest, atHost] = await Promise.all([guest.reception(), host.reception()]);
  return {
    received: [atGuest.audioPackets, atHost.audioPackets] as const,
    lost: atGuest.audioPacketsLost + atHost.audioPacketsLost,
    frames: atGuest.framesDecoded,
  };
}

/** The longest time in ms in which the guest received no sound, until it has for two seconds without a break. */
async function silence(): Promise<number> {
  let [last, since, longest] = [(await guest.reception()).audioPackets, performance.now(), 0];
  const begin = performance.now();
  let flowing = begin;
  while (performance.now() - begin < 40_000) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { audioPackets } = await guest.reception();
    const now = performance.now();
    if (audioPackets === last) {
      longest = Math.max(longest, now - since);
      if (now - since > 500) flowing = Infinity;
      continue;
    }
    [last, since] = [audioPackets, now];
    if (flowing === Infinity) flowing = now;
    if (longest > 500 && now - flowing > 2000) return longest;
  }
  return longest;
}

const sessions = (): Promise<string[]> =>
  guest.page.evaluate(() =>
    (globalThis as unknown as Network).conclaveProbe.connections.map(
      ({ connectionState }) => connectionState,
    ),
  );

beforeAll(async () => {
  browser = await launchBrowser(10);
  instance = await startInstance('all in one process');
  links = [await ImpairedLink.open(instance.ports.media)];
  await instance.conclavectl('register', 'hanna', instance.domain, 'correct horse');
  host = await Person.arrive(browser, instance, 'Hanna');
  guest = await Person.arrive(browser, instance, 'Gwen');
  await guest.page.addInitScript(useNetwork, links[0]?.port ?? 0);
  await host.knock('travelling');
  await host.isWaiting();
  await host.logIn('hanna', 'correct horse');
  await host.isIn('travelling', 1);
  await guest.knock('travelling');
  await guest.isIn('travelling', 2);
  await vi.waitFor(async () => {
    const { received, frames } = await sound();
    expect(Math.min(...received, frames)).toBeGreaterThan(50);
  }, patience);
}, 120_000);

afterAll(async () => {
  await guest.vanish();
  await host.vanish();
  for (const link of links) link.stop();
  await instance.stop();
  await browser.close();
});

describe('a browser that comes to another network', { timeout: 120_000 }, () => {
  it('while the former still works loses no sound in either direction', async () => {
    const before = await sound();
    const link = await changeNetwork(true);
    await vi.waitFor(() => expect(link.delivered).toBeGreaterThan(30_000), patience);
    links[0]?.stop();
    await vi.waitFor(async () => {
      const { received } = await sound();
      expect(received[0] - before.received[0]).toBeGreaterThan(250);
      expect(received[1] - before.received[1]).toBeGreaterThan(250);
    }, patience);
    const { lost } = await sound();
    expect(lost - before.lost).toBe(0);
    expect(await sessions()).toEqual(['connected']);
  });

  it('after the former was cut goes on in the same session', async () => {
    const link = await changeNetwork(false);
    links[1]?.stop();
    const gap = await silence();
    const { frames } = await sound();
    expect(link.delivered).toBeGreaterThan(0);
    // Some five seconds pass until Chromium says that a path is interrupted.
    expect(gap, 'ms of silence').toBeLessThan(15_000);
    expect(await sessions()).toEqual(['connected']);
    await vi.waitFor(async () => expect((await sound()).frames).toBeGreaterThan(frames + 20), patience);
  });
});
