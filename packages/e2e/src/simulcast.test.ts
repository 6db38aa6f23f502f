/** Three people with real browsers that send simulcast: each gets the quality that it asks for, and no more. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { launchBrowser, Person, type Picture } from './harness/browser.js';
import { type Instance, startInstance } from './harness/instance.js';

const patience = { timeout: 40_000, interval: 500 };

let browser: Browser;
let instance: Instance;
let people: [Person, Person, Person];

beforeAll(async () => {
  browser = await launchBrowser(8);
  instance = await startInstance('all in one process');
  await instance.conclavectl('register', 'hanna', instance.domain, 'correct horse');
  people = [
    await Person.arrive(browser, instance, 'Hanna'),
    await Person.arrive(browser, instance, 'Gwen'),
    await Person.arrive(browser, instance, 'Nora'),
  ];
  const [host, ...guests] = people;
  await host.knock('simulcast');
  await host.isWaiting();
  await host.logIn('hanna', 'correct horse');
  await host.isIn('simulcast', 1);
  for (const guest of guests) await guest.knock('simulcast');
  for (const person of people) await person.isIn('simulcast', 3);
}, 120_000);

afterAll(async () => {
  for (const person of people) await person.vanish();
  await instance.stop();
  await browser.close();
});

/** Those of `person`'s videos that show something new within a moment. */
async function moving(person: Person): Promise<Picture[]> {
  const before = new Map((await person.pictures()).map((picture) => [picture.source, picture.framesDecoded]));
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return (await person.pictures()).filter(
    ({ source, framesDecoded }) => framesDecoded > (before.get(source) ?? 0) + 2,
  );
}

/** A browser that is short of processor time makes all its encodings a little smaller. */
const sizeOf = ({ height }: Picture): string =>
  height <= 180 ? 'small' : height <= 360 ? 'medium' : 'large';

const sizes = async (person: Person): Promise<string[]> => (await moving(person)).map(sizeOf);

describe('simulcast with three browsers', { timeout: 120_000 }, () => {
  it('begins with the best quality for everybody', async () => {
    for (const person of people) {
      await vi.waitFor(async () => expect(await sizes(person)).toEqual(['large', 'large']), patience);
    }
  });

  it('lowers what one receiver asks to be lower, and for nobody else', async () => {
    const [, guest, other] = people;
    await guest.tellBridge({
      colibriClass: 'ReceiverVideoConstraints',
      lastN: -1,
      defaultConstraints: { maxHeight: 180 },
    });
    await vi.waitFor(async () => expect(await sizes(guest)).toEqual(['small', 'small']), patience);
    expect(await sizes(other)).toEqual(['large', 'large']);
  });

  it('gives one source on stage more than the others, and all more again', async () => {
    const [, guest] = people;
    const [first, second] = (await moving(guest)).map(({ source }) => source);
    await guest.tellBridge({
      colibriClass: 'ReceiverVideoConstraints',
      onStageSources: [first],
      constraints: { [String(first)]: { maxHeight: 360 } },
    });
    await vi.waitFor(async () => {
      const shown = new Map((await moving(guest)).map((picture) => [picture.source, sizeOf(picture)]));
      expect([shown.get(String(first)), shown.get(String(second))]).toEqual(['medium', 'small']);
    }, patience);
    await guest.tellBridge({
      colibriClass: 'ReceiverVideoConstraints',
      constraints: {},
      defaultConstraints: { maxHeight: 720 },
    });
    await vi.waitFor(async () => expect(await sizes(guest)).toEqual(['large', 'large']), patience);
  });

  it('sends the last N alone, and tells which', async () => {
    const [, guest] = people;
    await guest.tellBridge({ colibriClass: 'ReceiverVideoConstraints', lastN: 1 });
    await vi.waitFor(async () => expect(await sizes(guest)).toEqual(['large']), patience);
    const forwarded = (await guest.bridgeMessages()).findLast(
      ({ colibriClass }) => colibriClass === 'ForwardedSources',
    );
    expect(forwarded?.['forwardedSources']).toEqual((await moving(guest)).map(({ source }) => source));
    await guest.tellBridge({ colibriClass: 'ReceiverVideoConstraints', lastN: -1 });
    await vi.waitFor(async () => expect(await sizes(guest)).toEqual(['large', 'large']), patience);
  });

  it('tells who speaks', async () => {
    // The fake microphones beep: somebody is the speaker.
    for (const person of people) {
      await vi.waitFor(
        async () =>
          expect((await person.bridgeMessages()).map((message) => message['colibriClass'])).toContain(
            'DominantSpeakerEndpointChangeEvent',
          ),
        patience,
      );
    }
  });

  it('asks nobody to send what no one watches', async () => {
    const [host, ...others] = people;
    for (const person of others) {
      await person.tellBridge({
        colibriClass: 'ReceiverVideoConstraints',
        defaultConstraints: { maxHeight: 180 },
      });
    }
    await vi.waitFor(async () => {
      const limits = (await host.bridgeMessages()).filter(
        ({ colibriClass }) => colibriClass === 'SenderSourceConstraints',
      );
      expect(limits.at(-1)).toMatchObject({ maxHeight: 180 });
    }, patience);
  });
});
