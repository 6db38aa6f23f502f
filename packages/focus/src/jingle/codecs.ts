/** The codecs, feedback and header extensions that a conference offers, with the payload types that Jitsi clients know. */
import type { HeaderExtension, MediaType, PayloadType, RtcpFeedback } from '@conclave/signaling';
import type { ClientFeatures } from './features.js';

interface Codec {
  readonly format: Omit<PayloadType, 'rtcpFeedback'>;
  /** Payload type of its retransmissions (RFC 4588). */
  readonly rtx?: number;
}

const video = (id: number, name: string, rtx: number, parameters: Record<string, string> = {}): Codec => ({
  format: { id, name, clockrate: 90_000, parameters },
  rtx,
});

/** Each packet carries the sound of those before once more (RFC 2198): first, as browsers send what stands first. */
const REDUNDANT_AUDIO: Codec = {
  format: { id: 112, name: 'red', clockrate: 48_000, channels: 2, parameters: { '': '111/111' } },
};

/** Video in the order of preference that the offer hints at. */
const CODECS: Record<MediaType, readonly Codec[]> = {
  audio: [
    {
      format: {
        id: 111,
        name: 'opus',
        clockrate: 48_000,
        channels: 2,
        parameters: { minptime: '10', useinbandfec: '1' },
      },
    },
  ],
  video: [
    video(100, 'VP8', 96),
    video(101, 'VP9', 97),
    video(107, 'H264', 99, {
      'profile-level-id': '42e01f',
      'level-asymmetry-allowed': '1',
      'packetization-mode': '1',
    }),
    video(41, 'AV1', 42),
  ],
};

const VIDEO_FEEDBACK: readonly RtcpFeedback[] = [
  { type: 'ccm', subtype: 'fir' },
  { type: 'nack' },
  { type: 'nack', subtype: 'pli' },
];
const TRANSPORT_CC: RtcpFeedback = { type: 'transport-cc' };

const AUDIO_LEVEL: HeaderExtension = { id: 1, uri: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level' };
const ABSOLUTE_SEND_TIME: HeaderExtension = {
  id: 3,
  uri: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
};
/** Which layer a frame is of, where its codec does not say so: AV1, and whatever is encrypted end to end. */
const DEPENDENCY_DESCRIPTOR: HeaderExtension = {
  id: 11,
  uri: 'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension',
};
const LAYERS_ALLOCATION: HeaderExtension = {
  id: 12,
  uri: 'http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00',
};
const TRANSPORT_SEQUENCE: HeaderExtension = {
  id: 5,
  uri: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
};

/** The payload types of a medium for a client: each codec, then the retransmissions it can use. */
export const payloadTypes = (media: MediaType, features: ClientFeatures): PayloadType[] => {
  const rtcpFeedback = [
    ...(media === 'video' ? VIDEO_FEEDBACK : []),
    ...(features.transportCc ? [TRANSPORT_CC] : []),
  ];
  const redundant = media === 'audio' && features.redundantAudio;
  const codecs = [...(redundant ? [REDUNDANT_AUDIO] : []), ...CODECS[media]];
  const primary = codecs.map(({ format }): PayloadType => ({ ...format, rtcpFeedback }));
  if (!features.retransmission) return primary;
  const retransmissions = codecs.flatMap(({ format: { id, clockrate }, rtx }): PayloadType[] =>
    rtx === undefined
      ? []
      : [{ id: rtx, name: 'rtx', clockrate, parameters: { apt: String(id) }, rtcpFeedback: [] }],
  );
  return [...primary, ...retransmissions];
};

/** The RTP header extensions of a medium for a client. */
export const headerExtensions = (media: MediaType, features: ClientFeatures): HeaderExtension[] => [
  ...(media === 'audio' ? [AUDIO_LEVEL] : [ABSOLUTE_SEND_TIME, DEPENDENCY_DESCRIPTOR]),
  ...(media === 'video' && features.layersAllocation ? [LAYERS_ALLOCATION] : []),
  ...(features.transportCc ? [TRANSPORT_SEQUENCE] : []),
];
