/** Sound that services make of what somebody says, such as translations: it comes over their WebSockets, and reaches those who ask for it. */
import type { MadePacket } from '../export/media-json.js';
import type { ConferenceRelays } from '../relay/conference-relays.js';
import { readRtp, rtpView, writeUint16, writeUint32 } from '../rtp/rtp-packet.js';
import type { ConferenceChannels } from './channels.js';
import type { EndpointFormats } from './formats.js';
import type { ConferenceCore } from './part.js';
import { isSynthetic } from './source.js';

const RTP_HEADER = 12;

const view = rtpView();

export class Synthesis {
  constructor(
    private readonly core: ConferenceCore,
    private readonly channels: ConferenceChannels,
    private readonly relays: ConferenceRelays,
  ) {}

  /** Sends on, as Opus on the synthetic source's SSRC, what a service has made of it. */
  made({ tag, chunk, timestamp, payload }: MadePacket, now: number): void {
    const source = this.core.sources.filter(isSynthetic).find(({ name }) => name === tag);
    const payloadType = source && opusIn(source.formats);
    if (source === undefined || payloadType === undefined) return;
    const packet = Buffer.alloc(RTP_HEADER + payload.length);
    packet[0] = 0x80;
    packet[1] = payloadType;
    writeUint16(packet, 2, chunk % 2 ** 16);
    writeUint32(packet, 4, timestamp % 2 ** 32);
    writeUint32(packet, 8, source.ssrc);
    payload.copy(packet, RTP_HEADER);
    if (!readRtp(packet, source.formats.extensions, view)) return;
    if (!source.stream.received(view.sequence, view.timestamp, now)) return;
    source.forward(packet, source.stream.last, view, undefined, true, now);
  }

  /** Tells everybody that a service has begun or ceased to send. */
  sendingChanged(sourceName: string, sending: boolean, timestamp: number): void {
    const message = {
      colibriClass: 'SyntheticSourceSendingChangeEvent',
      sourceName,
      sending,
      timestamp,
    } as const;
    this.channels.tellAll(message);
    this.relays.tellAll(message);
  }
}

function opusIn(formats: EndpointFormats): number | undefined {
  for (let type = 0; type < 128; type++) if (formats.audio(type)?.encoding === 'opus') return type;
  return undefined;
}
