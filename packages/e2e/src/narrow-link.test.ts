/** A receiver whose way from the bridge becomes narrow, and wide again: the picture gets smaller, the sound goes on. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { launchBrowser, Person } from './harness/browser.js';
import { ImpairedLink, unimpaired } from './harness/impaired-link.js';
import { type Instance, startInstance } from './harness/instance.js';

const patience = { timeout: 60_000, interval: 500 };

let browser: Browser;
let instance: Instance;
let link: ImpairedLink;
let host: Person;
let guest: Person;

/** Runs in the page: its media go to this port instead of the bridge's. */
function useMediaPort(port: number): void {
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    override setRemoteDescription({ type, sdp = '' }: RTCSessionDescriptionInit): Promise<void> {
      const candidates = /(a=candidate:\S+ \d+ udp \d+ \S+ )\d+/gi;
      return super.setRemoteDescription({ type, sdp: sdp.replace(candidates, `$1${port}`) });
    }
  };
}

beforeAll(async () => {
  browser = await launchBrowser();
  instance = await startInstance('all in one process');
  link = await ImpairedLink.open(instance.ports.media);
  await instance.conclavectl('register', 'hanna', instance.domain, 'correct horse');
  host = await Person.arrive(browser, instance, 'Hanna');
  guest = await Person.arrive(browser, instance, 'Gwen');
  await guest.page.addInitScript(useMediaPort, link.port);
  await host.knock('narrow');
  await host.isWaiting();
  await host.logIn('hanna', 'correct horse');
  await host.isIn('narrow', 1);
  await guest.knock('narrow');
  await guest.isIn('narrow', 2);
}, 120_000);

afterAll(async () => {
  await guest.vanish();
  await host.vanish();
  link.stop();
  await instance.stop();
  await browser.close();
});

const height = async (): Promise<number> => (await guest.pictures())[0]?.height ?? 0;

describe('a receiver behind a narrow link', { timeout: 150_000 }, () => {
  it('is sent the best picture while the link is wide', async () => {
    await vi.waitFor(async () => expect(await height()).toBe(720), patience);
    expect(link.delivered).toBeGreaterThan(0);
  });

  it('is sent a smaller one when it becomes narrow, which moves, and nine tenths of the sound at least', async () => {
    link.impairment = { ...unimpaired, rate: 500_000, delay: 25 };
    await vi.waitFor(async () => expect([180, 360]).toContain(await height()), patience);
    // What was on its way when the link became narrow has come or is lost: two seconds without loss.
    let before: Awaited<ReturnType<typeof guest.reception>> | undefined;
    await vi.waitFor(
      async () => {
        const lost = before?.audioPacketsLost;
        before = await guest.reception();
        expect(before.audioPacketsLost).toBe(lost);
      },
      { ...patience, interval: 2_000 },
    );
    // What has settled stays: ten seconds of it.
    const delivered = link.delivered;
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    const after = await guest.reception();
    // Silence is not sent; what is sent arrives.
    const heard = after.audioPackets - (before?.audioPackets ?? 0);
    expect(heard).toBeGreaterThan(100);
    expect(after.audioPacketsLost - (before?.audioPacketsLost ?? 0)).toBeLessThan(0.1 * heard);
    expect(after.framesDecoded - (before?.framesDecoded ?? 0)).toBeGreaterThan(50);
    expect(await height()).toBeLessThanOrEqual(360);
    expect((link.delivered - delivered) * 0.8).toBeLessThan(500_000);
  });

  it('is sent the best picture again when the link is wide again', async () => {
    link.impairment = unimpaired;
    await vi.waitFor(async () => expect(await height()).toBe(720), patience);
  });
});
