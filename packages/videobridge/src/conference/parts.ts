/** The parts of a conference, in the order in which they learn what happens. */
import type { Logger } from 'pino';

import { ConferenceExports, type ExportContext } from '../export/exports.js';
import { ConferenceRelays } from '../relay/conference-relays.js';
import type { PaceClock } from '../send/pace-clock.js';
import type { MediaPort } from '../transport/media-port.js';
import { AudioDistribution } from './audio-distribution.js';
import { ConferenceChannels } from './channels.js';
import { Connectivity } from './connectivity.js';
import type { BridgeLimits } from './limits.js';
import type { ConferenceCore, ConferencePart } from './part.js';
import type { BridgeTotals } from './totals.js';
import { Resumption } from './resumption.js';
import { Speakers } from './speakers.js';
import { Synthesis } from './synthesis.js';
import { VideoDistribution } from './video-distribution.js';
import { Wishes } from './wishes.js';

/** What a conference needs of its bridge. */
export interface ConferenceSurroundings {
  readonly port: MediaPort;
  readonly limits: BridgeLimits;
  /** Monotonic time in ms. */
  readonly clock: () => number;
  readonly paceClock: PaceClock;
  readonly log: Logger;
  /** By what other bridges know this one. */
  readonly relayId: string;
  /** How many of `size` video sources anybody is sent at most, as the bridge and its load allow; -1: no limit. */
  readonly lastN: (size: number) => number;
  /** What services that get media are told of this bridge. */
  readonly application: ExportContext['application'];
  /** Of the bridge, to be counted up. */
  readonly totals: BridgeTotals;
}

export interface ConferenceParts {
  readonly channels: ConferenceChannels;
  readonly speakers: Speakers;
  readonly video: VideoDistribution;
  /** The other bridges that it spans. */
  readonly relays: ConferenceRelays;
  /** The services that get its sound. */
  readonly exports: ConferenceExports;
  readonly wishes: Wishes;
  /** All that hook into what happens, in this order. */
  readonly hooked: readonly ConferencePart[];
}

/** From whom what a service has transcribed comes. */
const TRANSCRIBER = 'transcriber';

/** @param feedbackSsrc SSRC of the bridge's own feedback */
export function assembleParts(
  core: ConferenceCore,
  surroundings: ConferenceSurroundings,
  feedbackSsrc: number,
): ConferenceParts {
  const { clock, limits, lastN, relayId } = surroundings;
  const channels = new ConferenceChannels(core, clock, () => speakers);
  const video = new VideoDistribution(core, { speechOrder: () => speakers.order, lastN });
  const speakers: Speakers = new Speakers(limits, channels, video);
  const relays = new ConferenceRelays(
    core,
    { channels, speakers, video },
    { ...surroundings, ownId: relayId, feedbackSsrc },
  );
  const synthesis = new Synthesis(core, channels, relays);
  const exports = new ConferenceExports(
    {
      transcribed: (result) =>
        channels.deliver({ colibriClass: 'EndpointMessage', from: TRANSCRIBER, msgPayload: result }),
      made: (packet) => synthesis.made(packet, clock()),
      sendingChanged: (sourceName, sending, timestamp) =>
        synthesis.sendingChanged(sourceName, sending, timestamp),
      diarizes: (id) => core.endpoints.get(id)?.diarize === true,
    },
    surroundings,
  );
  const wishes = new Wishes(core, video, relays);
  return {
    channels,
    speakers,
    video,
    relays,
    exports,
    wishes,
    hooked: [
      wishes,
      // What has come over links and who speaks is known before it is decided who is sent which video.
      relays,
      speakers,
      video,
      new AudioDistribution(core, relays, exports),
      new Connectivity(core, channels, relays, surroundings.totals),
      new Resumption(core),
      exports,
    ],
  };
}
