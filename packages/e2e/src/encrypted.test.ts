/**
 * Browsers that encrypt what they send end to end, by a key that the bridge does not have: it chooses the right layers for each receiver
 * all the same, since it reads nothing but what stays readable. Jitsi's own clients send VP8 whenever they encrypt.
 */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { launchBrowser, Person } from './harness/browser.js';
import { encryptFrames } from './harness/frame-cipher.js';
import { type Instance, startInstance } from './harness/instance.js';

const patience = { timeout: 40_000, interval: 250 };

let browser: Browser;
let instance: Instance;
let host: Person;
let guest: Person;
let other: Person;

beforeAll(async () => {
  browser = await launchBrowser(8);
  instance = await startInstance('all in one process');
  await instance.conclavectl('register', 'hanna', instance.domain, 'correct horse');
  host = await Person.arrive(browser, instance, 'Hanna');
  guest = await Person.arrive(browser, instance, 'Gwen');
  other = await Person.arrive(browser, instance, 'Nora');
  for (const { page } of [host, guest, other]) await page.addInitScript(encryptFrames);
  await host.logInOnce('hanna', 'correct horse');
}, 120_000);

afterAll(async () => {
  for (const person of [host, guest, other]) await person.vanish();
  await instance.stop();
  await browser.close();
});

/** The source that both others see. */
async function sourceOfHost(): Promise<string> {
  const [seen, alsoSeen] = [await guest.pictures(), await other.pictures()];
  const shared = seen.find((each) => alsoSeen.some(({ source }) => source === each.source));
  expect(shared).toBeDefined();
  return shared?.source ?? '';
}

const picture = async (person: Person, source: string) =>
  (await person.pictures()).find((each) => each.source === source);

/** Lines of what `person` sees of `source`, while it moves. */
async function height(person: Person, source: string): Promise<number> {
  const before = await picture(person, source);
  await new Promise((resolve) => setTimeout(resolve, 600));
  const after = await picture(person, source);
  return (after?.framesDecoded ?? 0) > (before?.framesDecoded ?? 0) + 1 ? (after?.height ?? 0) : 0;
}

const ask = (person: Person, source: string, maxHeight: number): Promise<void> =>
  person.tellBridge({
    colibriClass: 'ReceiverVideoConstraints',
    lastN: -1,
    constraints: { [source]: { maxHeight } },
    defaultConstraints: { maxHeight: 0 },
  });

const encryptedFrames = (person: Person, codec: string): Promise<number> =>
  person.page.evaluate(
    (type) => (globalThis as unknown as { encrypted: Record<string, number> }).encrypted[type] ?? 0,
    `video/${codec}`,
  );

describe.each(['VP8', 'VP9', 'AV1', 'H264'])(
  'a meeting in %s that is encrypted end to end',
  { timeout: 120_000 },
  (codec) => {
    let source = '';

    it('is seen and heard by who has the key', async () => {
      const room = `secret-${codec.toLowerCase()}`;
      for (const person of [host, guest, other]) await person.prefer(codec);
      await host.knock(room);
      await host.isIn(room, 1);
      for (const person of [guest, other]) await person.knock(room);
      for (const person of [host, guest, other]) await person.isIn(room, 3);
      await vi.waitFor(async () => {
        source = await sourceOfHost();
      }, patience);
      // The browsers share a machine: one camera is enough.
      await ask(host, source, 0);
      for (const person of [guest, other]) await ask(person, source, 720);
      for (const person of [guest, other]) {
        await vi.waitFor(async () => expect(await height(person, source)).toBeGreaterThan(360), patience);
      }
      expect(await picture(guest, source)).toMatchObject({ codec: `video/${codec}` });
      await vi.waitFor(async () => {
        expect((await guest.reception()).audioEnergy).toBeGreaterThan(0);
        expect(await encryptedFrames(host, codec)).toBeGreaterThan(20);
      }, patience);
    });

    it('is sent lower to who asks for that, and to nobody else', async () => {
      await ask(guest, source, 180);
      await vi.waitFor(async () => expect([90, 180]).toContain(await height(guest, source)), patience);
      expect(await height(other, source)).toBeGreaterThan(360);
    });

    it('is sent in full again to who asks for that again', async () => {
      await ask(guest, source, 720);
      await vi.waitFor(async () => expect(await height(guest, source)).toBeGreaterThan(360), patience);
    });
  },
);
