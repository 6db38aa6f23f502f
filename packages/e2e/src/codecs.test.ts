/** Every video codec that the browser offers, between three of them: each receiver has the quality that it asks for, down and up. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Person } from './harness/browser.js';
import { HOST, movingPictures, sizeOf, type ThreePeople, threePeople } from './harness/three-people.js';

const patience = { timeout: 40_000, interval: 250 };

let meeting: ThreePeople;
let people: ThreePeople['people'];

beforeAll(async () => {
  meeting = await threePeople();
  ({ people } = meeting);
  await people[0].logInOnce(...HOST);
}, 120_000);

afterAll(() => meeting.end());

async function shows(person: Person, source: string, wanted: string): Promise<void> {
  await vi.waitFor(
    async () =>
      expect((await movingPictures(person)).map((each) => [each.source, sizeOf(each)])).toEqual([
        [source, wanted],
      ]),
    patience,
  );
}

/** Asks for this source alone, no higher than so many lines. */
const ask = (person: Person, source: string, maxHeight: number): Promise<void> =>
  person.tellBridge({
    colibriClass: 'ReceiverVideoConstraints',
    lastN: -1,
    defaultConstraints: { maxHeight: 0 },
    constraints: { [source]: { maxHeight } },
  });

describe.each(['VP8', 'VP9', 'AV1', 'H264'])('a meeting in %s', { timeout: 120_000 }, (codec) => {
  const [, guest, other] = [0, 1, 2].map((index) => () => people[index] as Person) as [
    () => Person,
    () => Person,
    () => Person,
  ];
  let source = '';

  it('is one', async () => {
    for (const person of people) await person.prefer(codec);
    const room = `codec-${codec.toLowerCase()}`;
    const [host] = people;
    await host.knock(room);
    await host.isIn(room, 1);
    await Promise.all([guest().knock(room), other().knock(room)]);
    for (const person of people) await person.isIn(room, 3);
    await vi.waitFor(async () => {
      const [seen, alsoSeen] = [await guest().pictures(), await other().pictures()];
      const hosts = seen.find((each) => alsoSeen.some((also) => also.source === each.source));
      expect(hosts).toMatchObject({ codec: `video/${codec}` });
      source = hosts?.source ?? '';
    }, patience);
    // The browsers share a machine: one camera is enough.
    await ask(host, source, 0);
    for (const person of [guest(), other()]) await ask(person, source, 720);
  });

  it('begins with the best picture', async () => {
    await Promise.all([shows(guest(), source, 'large'), shows(other(), source, 'large')]);
  });

  it('has a smaller one for who asks for that, and for nobody else', async () => {
    await ask(guest(), source, 180);
    await shows(guest(), source, 'small');
    await shows(other(), source, 'large');
  });

  it('has the best again for who asks for that again', async () => {
    await ask(guest(), source, 720);
    await shows(guest(), source, 'large');
  });
});
