/** The subject: the media side of our videobridge with its real transports, in a process of its own. */
import { setTimeout as delay } from 'node:timers/promises';

import type { ColibriMedia, MediaSource } from '@conclave/signaling';
import { Bridge, clientOffer, clientTransport, type Conference, type Endpoint } from '@conclave/videobridge';
import pino from 'pino';

import { ownAddress } from './messages.js';
import {
  ABS_SEND_TIME_ID,
  AUDIO_LEVEL_ID,
  audioSsrc,
  ENCODINGS,
  OPUS,
  RTX,
  rtxSsrc,
  TRANSPORT_CC_ID,
  videoSsrc,
  VP8,
} from './packets.js';
import { endpointsOf, hasCamera, type Scenario, seenBy } from './scenario.js';
import { type Load, run } from './subject.js';

const VIDEO: ColibriMedia = {
  type: 'video',
  payloadTypes: [
    {
      id: VP8,
      name: 'VP8',
      clockrate: 90000,
      parameters: {},
      rtcpFeedback: [{ type: 'nack' }, { type: 'nack', subtype: 'pli' }, { type: 'transport-cc' }],
    },
    { id: RTX, name: 'rtx', clockrate: 90000, parameters: { apt: String(VP8) }, rtcpFeedback: [] },
  ],
  headerExtensions: [
    { id: ABS_SEND_TIME_ID, uri: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time' },
    {
      id: TRANSPORT_CC_ID,
      uri: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
    },
  ],
  extmapAllowMixed: true,
};

const AUDIO: ColibriMedia = {
  type: 'audio',
  payloadTypes: [{ id: OPUS, name: 'opus', clockrate: 48000, channels: 2, parameters: {}, rtcpFeedback: [] }],
  headerExtensions: [{ id: AUDIO_LEVEL_ID, uri: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level' }],
  extmapAllowMixed: true,
};

/** Bits a second: what is measured is forwarding, not what the bridge thinks of a busy machine's network. The estimate is made all the same. */
const ASSUMED_BANDWIDTH = 100_000_000;

const bridge = await Bridge.open(
  {
    media: { port: 0, bindAddress: ownAddress, advertisedAddresses: [ownAddress], includeLoopback: true },
    limits: { assumedBandwidth: ASSUMED_BANDWIDTH },
  },
  pino({ level: 'silent' }),
);
const conferences: Conference[] = [];
const endpoints: Endpoint[] = [];

const camera = (index: number): string => `endpoint${index}-v0`;

function sourcesOf(index: number): MediaSource[] {
  const [video, audio] = [camera(index), `endpoint${index}-a0`];
  const primaries = ENCODINGS.map((encoding) => videoSsrc(index, encoding));
  const pairs = ENCODINGS.map((encoding) => [videoSsrc(index, encoding), rtxSsrc(index, encoding)]);
  return [
    {
      type: 'video',
      id: video,
      sources: pairs.flat().map((ssrc) => ({ ssrc, name: video })),
      groups: [
        { semantics: 'SIM', ssrcs: primaries },
        ...pairs.map((ssrcs) => ({ semantics: 'FID' as const, ssrcs })),
      ],
    },
    { type: 'audio', id: audio, sources: [{ ssrc: audioSsrc(index), name: audio }], groups: [] },
  ];
}

function offer(index: number, scenario: Scenario): string {
  const number = Math.floor(index / scenario.endpoints);
  const conference = (conferences[number] ??= bridge.createConference(`bench${number}`, undefined));
  const endpoint = conference.createEndpoint(`endpoint${index}`, { dataChannels: false });
  endpoint.formats.add([VIDEO, AUDIO]);
  const selectedSources = seenBy(scenario, index).map(camera);
  const [large = ''] = selectedSources;
  endpoint.reception.constrain({
    lastN: scenario.lastN,
    selectedSources,
    defaultConstraints: { maxHeight: 180 },
    constraints: new Map([[large, { maxHeight: 720 }]]),
    assumedBandwidthBps: ASSUMED_BANDWIDTH,
  });
  endpoints.push(endpoint);
  if (hasCamera(scenario, index)) {
    const refused = conference.setSources(endpoint, sourcesOf(index));
    if (refused !== undefined) throw new Error(refused);
  }
  const transport = bridge.describeTransport(endpoint, []);
  const port = transport.candidates[0]?.port ?? 0;
  const candidate = `a=candidate:1 1 UDP 2130706431 ${ownAddress} ${port} typ host\r\n`;
  return `${clientOffer(transport, { data: false, setup: 'active' })}${candidate}`;
}

run({
  pid: process.pid,
  async begin(scenario: Scenario, load: Load): Promise<void> {
    for (const index of endpointsOf(scenario)) {
      const sends = hasCamera(scenario, index) ? index : undefined;
      const answer = await load.answer(`client${index}`, offer(index, scenario), sends);
      endpoints[index]?.setRemote(clientTransport(answer, 'active'));
    }
    while (!endpoints.every((endpoint) => endpoint.connected)) await delay(20);
  },
  stop: () => undefined,
});
