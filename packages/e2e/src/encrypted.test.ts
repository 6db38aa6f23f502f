/**
 * Two browsers that encrypt what they send end to end, by a key that the bridge does not have: it chooses the right layers all the
 * same, since it reads nothing but what stays readable.
 */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { launchBrowser, Person } from './harness/browser.js';
import { type Instance, startInstance } from './harness/instance.js';

const patience = { timeout: 40_000, interval: 250 };

let browser: Browser;
let instance: Instance;
let host: Person;
let guest: Person;

/** What Chromium has beyond the standard (WebRTC Encoded Transform, its first form). */
interface EncodedFrame {
  readonly type?: 'key' | 'delta';
  data: ArrayBuffer;
}

/** Runs in the page: all media are encrypted and decrypted, as Jitsi's clients do but for the cipher. */
function encrypt(): void {
  const encrypted = { frames: 0 };
  Object.assign(globalThis, { encrypted });
  const piped = new WeakSet<object>();
  const pipe = (end: RTCRtpSender | RTCRtpReceiver): void => {
    if (piped.has(end)) return;
    piped.add(end);
    const { readable, writable } = (
      end as unknown as { createEncodedStreams(): ReadableWritablePair<EncodedFrame, EncodedFrame> }
    ).createEncodedStreams();
    const cipher = new TransformStream<EncodedFrame, EncodedFrame>({
      transform(frame, controller) {
        // What a bridge must read of VP8 stays readable, and of the others as much.
        const clear = frame.type === 'key' ? 10 : frame.type === 'delta' ? 3 : 1;
        const octets = new Uint8Array(frame.data);
        for (let at = clear; at < octets.length; at++) octets[at] = (octets[at] ?? 0) ^ 0x5a;
        frame.data = octets.buffer;
        encrypted.frames += 1;
        controller.enqueue(frame);
      },
    });
    void readable.pipeThrough(cipher).pipeTo(writable);
  };
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super({ ...configuration, encodedInsertableStreams: true } as RTCConfiguration);
    }
    override async setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
      await super.setRemoteDescription(description);
      for (const { sender, receiver } of this.getTransceivers()) {
        pipe(sender);
        pipe(receiver);
      }
    }
  };
}

beforeAll(async () => {
  browser = await launchBrowser(10);
  instance = await startInstance('all in one process');
  await instance.conclavectl('register', 'hanna', instance.domain, 'correct horse');
  host = await Person.arrive(browser, instance, 'Hanna');
  guest = await Person.arrive(browser, instance, 'Gwen');
  for (const { page } of [host, guest]) await page.addInitScript(encrypt);
  await host.logInOnce('hanna', 'correct horse');
}, 120_000);

afterAll(async () => {
  await guest.vanish();
  await host.vanish();
  await instance.stop();
  await browser.close();
});

/** Lines of what the guest sees of the host, while it moves. */
async function height(): Promise<number> {
  const [before] = await guest.pictures();
  await new Promise((resolve) => setTimeout(resolve, 500));
  const [after] = await guest.pictures();
  return (after?.framesDecoded ?? 0) > (before?.framesDecoded ?? 0) + 1 ? (after?.height ?? 0) : 0;
}

const ask = (maxHeight: number): Promise<void> =>
  guest.tellBridge({
    colibriClass: 'ReceiverVideoConstraints',
    lastN: -1,
    constraints: {},
    defaultConstraints: { maxHeight },
  });

describe.each(['VP8', 'VP9'])(
  'a meeting in %s that is encrypted end to end',
  { timeout: 120_000 },
  (codec) => {
    it('is seen and heard by who has the key', async () => {
      const room = `secret-${codec.toLowerCase()}`;
      for (const person of [host, guest]) await person.prefer(codec);
      await host.knock(room);
      await host.isIn(room, 1);
      await guest.knock(room);
      await guest.isIn(room, 2);
      await vi.waitFor(async () => expect(await height()).toBeGreaterThan(360), patience);
      expect((await guest.pictures())[0]).toMatchObject({ codec: `video/${codec}` });
      expect((await guest.reception()).audioEnergy).toBeGreaterThan(0);
      const counted = await host.page.evaluate(
        () => (globalThis as unknown as { encrypted: { frames: number } }).encrypted.frames,
      );
      expect(counted).toBeGreaterThan(20);
    });

    it('is sent in the layers that are asked for', async () => {
      await ask(180);
      await vi.waitFor(async () => expect([90, 180]).toContain(await height()), patience);
      await ask(720);
      await vi.waitFor(async () => expect(await height()).toBeGreaterThan(360), patience);
    });
  },
);
