/** The subject: the media side of our videobridge with its real transports, in a process of its own. */
import type { ColibriMedia, IceTransport } from '@conclave/signaling';
import { Bridge, type Endpoint } from '@conclave/videobridge';
import pino from 'pino';

import { type SubjectCommand, tell } from './messages.js';
import { ABS_SEND_TIME_ID, RTX, RTX_SSRC, TRANSPORT_CC_ID, VIDEO_SSRC, VP8 } from './packets.js';

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
    media: { port: 0, bindAddress: '127.0.0.1', advertisedAddresses: ['127.0.0.1'], includeLoopback: true },
  },
  pino({ level: 'silent' }),
);
const conference = bridge.createConference('bench', undefined);
const endpoints: Endpoint[] = [];

function offer(index: number): string {
  const endpoint = conference.createEndpoint(`endpoint${index}`, { dataChannels: false });
  endpoint.formats.add([MEDIA]);
  endpoint.reception.constrain({ defaultConstraints: { maxHeight: -1 } });
  endpoints.push(endpoint);
  if (index === 0) {
    const name = 'endpoint0-v0';
    conference.setSources(endpoint, [
      {
        type: 'video',
        id: name,
        sources: [
          { ssrc: VIDEO_SSRC, name },
          { ssrc: RTX_SSRC, name },
        ],
        groups: [{ semantics: 'FID', ssrcs: [VIDEO_SSRC, RTX_SSRC] }],
      },
    ]);
  }
  return sdpOffer(bridge.describeTransport(endpoint, []));
}

/** The SDP that a client would make of our transport. */
function sdpOffer({ ufrag, pwd, fingerprints, candidates }: IceTransport): string {
  const [fingerprint] = fingerprints;
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE media',
    `a=ice-ufrag:${ufrag ?? ''}`,
    `a=ice-pwd:${pwd ?? ''}`,
    `a=fingerprint:sha-256 ${fingerprint?.value ?? ''}`,
    'a=setup:actpass',
    'm=video 9 UDP/TLS/RTP/SAVPF 100',
    'c=IN IP4 0.0.0.0',
    'a=mid:media',
    'a=sendrecv',
    'a=rtcp-mux',
    'a=rtpmap:100 VP8/90000',
    `a=ssrc:${VIDEO_SSRC} cname:bench`,
    `a=candidate:1 1 UDP 2130706431 127.0.0.1 ${candidates[0]?.port ?? 0} typ host`,
    '',
  ].join('\r\n');
}

function iceTransport(sdp: string): IceTransport {
  const attribute = (name: string): string => new RegExp(`a=${name}:(\\S+)`).exec(sdp)?.[1] ?? '';
  const value = /a=fingerprint:sha-256 (\S+)/.exec(sdp)?.[1] ?? '';
  return {
    ufrag: attribute('ice-ufrag'),
    pwd: attribute('ice-pwd'),
    rtcpMux: true,
    candidates: [],
    fingerprints: [{ hash: 'sha-256', setup: 'active', value }],
    webSockets: [],
  };
}

function act(command: SubjectCommand): void {
  switch (command.kind) {
    case 'offers':
      tell({ kind: 'offers', offers: Array.from({ length: command.count }, (_, index) => offer(index)) });
      break;
    case 'answers': {
      command.answers.forEach((answer, index) => endpoints[index]?.setRemote(iceTransport(answer)));
      const poll = setInterval(() => {
        if (!endpoints.every((endpoint) => endpoint.connected)) return;
        clearInterval(poll);
        tell({ kind: 'connected' });
      }, 20);
      break;
    }
    case 'measure': {
      const { user, system } = process.cpuUsage();
      const received = endpoints.slice(1).map(({ traffic }) => traffic.packetsSent);
      const forwarded = received.reduce((sum, packets) => sum + packets, 0);
      tell({ kind: 'measured', measurement: { cpu: user + system, forwarded } });
      break;
    }
    case 'stop':
      process.exit(0);
  }
}

process.on('message', act);
process.on('disconnect', () => process.exit(0));
