/** Three people with real browsers that send simulcast: each gets the quality that it asks for, and no more. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Person } from './harness/browser.js';
import { HOST, movingPictures, sizeOf, type ThreePeople, threePeople } from './harness/three-people.js';

const patience = { timeout: 40_000, interval: 500 };

let meeting: ThreePeople;
let people: ThreePeople['people'];

beforeAll(async () => {
  meeting = await threePeople();
  ({ people } = meeting);
  const [host, ...guests] = people;
  await host.knock('simulcast');
  await host.isWaiting();
  await host.logIn(...HOST);
  await host.isIn('simulcast', 1);
  for (const guest of guests) await guest.knock('simulcast');
  for (const person of people) await person.isIn('simulcast', 3);
}, 120_000);

afterAll(() => meeting.end());

const sizes = async (person: Person): Promise<string[]> => (await movingPictures(person)).map(sizeOf);

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
    const [first, second] = (await movingPictures(guest)).map(({ source }) => source);
    await guest.tellBridge({
      colibriClass: 'ReceiverVideoConstraints',
      onStageSources: [first],
      constraints: { [String(first)]: { maxHeight: 360 } },
    });
    await vi.waitFor(async () => {
      const shown = new Map(
        (await movingPictures(guest)).map((picture) => [picture.source, sizeOf(picture)]),
      );
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
    expect(forwarded?.['forwardedSources']).toEqual(
      (await movingPictures(guest)).map(({ source }) => source),
    );
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
