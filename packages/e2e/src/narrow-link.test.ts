/**
 * A receiver whose way from the bridge is narrow or loses packets: the sound goes on whatever happens, the picture is as good as
 * the link allows, and comes back when it is wide again.
 */
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

/** Runs in the page: the camera shows so much motion that its best picture takes some two megabits a second. */
async function showMuch(): Promise<void> {
  const picture = (width: number, height: number): [HTMLCanvasElement, CanvasRenderingContext2D] => {
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    return [canvas, canvas.getContext('2d') as CanvasRenderingContext2D];
  };
  const [noise, grain] = picture(640, 360);
  const grains = grain.createImageData(640, 360);
  for (let at = 0; at < grains.data.length; at += 4) grains.data.fill(Math.random() * 255, at, at + 4);
  grain.putImageData(grains, 0, 0);
  const [canvas, context] = picture(1280, 720);
  let time = 0;
  setInterval(() => {
    time += 1;
    context.fillRect(0, 0, 1280, 720);
    context.drawImage(noise, 400 + 300 * Math.sin(time / 20), 200 + 150 * Math.cos(time / 15), 480, 270);
  }, 50);
  const { connections } = (globalThis as unknown as { conclaveProbe: { connections: RTCPeerConnection[] } })
    .conclaveProbe;
  const [track] = canvas.captureStream(20).getVideoTracks();
  for (const connection of connections) {
    const sender = connection.getSenders().find((each) => each.track?.kind === 'video');
    await sender?.replaceTrack(track ?? null);
  }
}

/** Runs in the page: the frames that were sent of each encoding of its camera. */
async function framesSentInPage(): Promise<number[]> {
  const { connections } = (globalThis as unknown as { conclaveProbe: { connections: RTCPeerConnection[] } })
    .conclaveProbe;
  const report = await connections
    .findLast(({ connectionState }) => connectionState === 'connected')
    ?.getStats();
  const stats = [...((report ?? new Map()) as Map<string, Record<string, unknown>>).values()];
  return stats
    .filter(({ type, kind }) => type === 'outbound-rtp' && kind === 'video')
    .map(({ framesSent }) => Number(framesSent ?? 0));
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

const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What the guest has received in the next `ms`, beside what the host has sent meanwhile. */
async function received(ms: number) {
  const [before, delivered] = [await guest.reception(), link.delivered];
  const sentBefore = await host.page.evaluate(framesSentInPage);
  await pass(ms);
  const after = await guest.reception();
  const sent = await host.page.evaluate(framesSentInPage);
  return {
    /** Of those that the camera has made; some encodings have fewer than others. */
    share:
      (after.framesDecoded - before.framesDecoded) /
      Math.max(...sent.map((frames, encoding) => frames - (sentBefore[encoding] ?? 0))),
    frames: after.framesDecoded - before.framesDecoded,
    sound: after.audioPackets - before.audioPackets,
    soundLost: after.audioPacketsLost - before.audioPacketsLost,
    bitrate: ((link.delivered - delivered) * 8000) / ms,
  };
}

/** What the bridge has told last of the guest's link, in bits a second. */
async function estimate(): Promise<number> {
  const told = await guest.bridgeMessages();
  const last = told.findLast(({ colibriClass }) => colibriClass === 'ConnectionStats');
  return Number(last?.['estimatedDownlinkBandwidth'] ?? 0);
}

describe('a receiver behind a narrow link', { timeout: 150_000 }, () => {
  it('is sent the best picture while the link is wide', async () => {
    await vi.waitFor(async () => expect(await height()).toBe(720), patience);
    expect(link.delivered).toBeGreaterThan(0);
  });

  it('has nine tenths of the frames where one packet in twenty is lost and all take 50 ms', async () => {
    const whole = await received(6000);
    link.impairment = { ...unimpaired, delay: 50, loss: 0.05 };
    // The longer way looks like a queue at first.
    await vi.waitFor(
      async () => expect((await received(2000)).share).toBeGreaterThan(0.9 * whole.share),
      patience,
    );
    const lossy = await received(6000);
    expect(lossy.frames).toBeGreaterThan(60);
    expect(lossy.share).toBeGreaterThanOrEqual(0.9 * whole.share);
    expect(lossy.soundLost).toBeGreaterThan(0);
    expect(await height()).toBeGreaterThanOrEqual(360);
    link.impairment = unimpaired;
  });

  it('hears everything behind 500 kbit/s once it is sent a smaller picture, which moves', async () => {
    link.impairment = { ...unimpaired, rate: 500_000, delay: 25 };
    await vi.waitFor(async () => expect([180, 360]).toContain(await height()), patience);
    // What was on its way when the link became narrow has come or is lost by then.
    await vi.waitFor(async () => expect((await received(2000)).soundLost).toBe(0), patience);
    const narrow = await received(8000);
    // Silence is not sent; what is sent arrives.
    expect(narrow.sound).toBeGreaterThan(100);
    expect(narrow.soundLost).toBeLessThan(0.01 * narrow.sound);
    expect(narrow.frames).toBeGreaterThan(80);
    expect(await height()).toBeLessThanOrEqual(360);
    expect(narrow.bitrate).toBeLessThan(500_000);
  });

  it('is sent the best picture again soon when the link is wide again', async () => {
    link.impairment = unimpaired;
    // Ten seconds on the virtual clock of the estimator's tests; encoders on a busy machine take their time beside that.
    await vi.waitFor(async () => expect(await height()).toBe(720), { timeout: 30_000, interval: 250 });
  });

  it('is known to have 85 in a hundred of 2 Mbit/s within 15 s', async () => {
    await host.page.evaluate(showMuch);
    link.impairment = { ...unimpaired, rate: 500_000, delay: 25 };
    await pass(3000);
    link.impairment = { ...unimpaired, rate: 2_000_000, delay: 25 };
    // It is told every 10 s.
    await vi.waitFor(async () => expect(await estimate()).toBeGreaterThan(0.85 * 2_000_000), {
      timeout: 25_000,
      interval: 500,
    });
  });
});
