/** The subject: the media side of our videobridge with its real transports, in a process of its own. */
import { setTimeout as delay } from 'node:timers/promises';

import type { ColibriMedia, IceTransport } from '@conclave/signaling';
import { Bridge, clientOffer, clientTransport, type Endpoint } from '@conclave/videobridge';
import pino from 'pino';

import { ownAddress } from './messages.js';
import { ABS_SEND_TIME_ID, RTX, rtxSsrc, TRANSPORT_CC_ID, videoSsrc, VP8 } from './packets.js';
import type { Scenario } from './scenario.js';
import { type Load, run } from './subject.js';

const MEDIA: ColibriMedia = {
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

const bridge = await Bridge.open(
  {
    media: { port: 0, bindAddress: ownAddress, advertisedAddresses: [ownAddress], includeLoopback: true },
  },
  pino({ level: 'silent' }),
);
const conference = bridge.createConference('bench', undefined);
const endpoints: Endpoint[] = [];

function offer(index: number, { senders, lastN }: Scenario): string {
  const endpoint = conference.createEndpoint(`endpoint${index}`, { dataChannels: false });
  endpoint.formats.add([MEDIA]);
  endpoint.reception.constrain({ lastN, defaultConstraints: { maxHeight: -1 } });
  endpoints.push(endpoint);
  if (index < senders) {
    const name = `endpoint${index}-v0`;
    const ssrcs = [videoSsrc(index), rtxSsrc(index)];
    conference.setSources(endpoint, [
      {
        type: 'video',
        id: name,
        sources: ssrcs.map((ssrc) => ({ ssrc, name })),
        groups: [{ semantics: 'FID', ssrcs }],
      },
    ]);
  }
  return sdpOffer(bridge.describeTransport(endpoint, []));
}

/** The SDP that a client would make of our transport. */
function sdpOffer(transport: IceTransport): string {
  const port = transport.candidates[0]?.port ?? 0;
  const candidate = `a=candidate:1 1 UDP 2130706431 ${ownAddress} ${port} typ host\r\n`;
  return clientOffer(transport, { data: false, setup: 'active' }) + candidate;
}

run({
  pid: process.pid,
  async begin(scenario: Scenario, load: Load): Promise<void> {
    for (let index = 0; index < scenario.endpoints; index++) {
      const sends = index < scenario.senders ? index : undefined;
      const answer = await load.answer(`client${index}`, offer(index, scenario), sends);
      endpoints[index]?.setRemote(clientTransport(answer, 'active'));
    }
    while (!endpoints.every((endpoint) => endpoint.connected)) await delay(20);
  },
  stop: () => undefined,
});
