import type { BridgeMessage } from '@conclave/signaling';
import { expect, it } from 'vitest';

import type { ConferenceChannels } from './channels.js';
import { Speakers } from './speakers.js';
import type { VideoDistribution } from './video-distribution.js';

/** Five seconds in which somebody speaks for two; what clients are told meanwhile. */
function conversation(silenceDetection: boolean): BridgeMessage[] {
  const told: BridgeMessage[] = [];
  const channels = { tellAll: (message: BridgeMessage) => told.push(message) };
  const video = { changed: () => undefined, speakerChanged: () => undefined };
  const speakers = new Speakers(
    { loudestSpeakers: -1, silenceDetection },
    channels as unknown as ConferenceChannels,
    video as unknown as VideoDistribution,
  );
  for (const id of ['a', 'b']) speakers.arrived(id);
  for (let now = 0; now < 7000; now += 20) {
    speakers.level('a', now < 2000 ? 95 : 20, now);
    speakers.level('b', 20, now);
    speakers.tick(now);
  }
  return told;
}

it.each([
  [false, [false]],
  [true, [false, true]],
])('clients are told that nobody speaks where that is wanted: %s', (wanted, silence) => {
  const told = conversation(wanted);
  expect(told.map((message) => 'silence' in message && message.silence)).toEqual(silence);
  expect(told[0]).toMatchObject({ dominantSpeakerEndpoint: 'a' });
});
