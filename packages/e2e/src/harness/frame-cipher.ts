/**
 * Encryption end to end in a page, by insertable streams (WebRTC Encoded Transform in Chromium's first form) and with a cipher that is
 * none. What has to stay readable is what the browser's own packetizer reads of a codec, and no more; a bridge needs less.
 */

/** What Chromium has beyond the standard. */
interface EncodedFrame {
  readonly type?: 'key' | 'delta';
  data: ArrayBuffer;
  getMetadata(): { readonly mimeType?: string };
}

type Transform = (octets: Uint8Array) => Uint8Array;

/** Runs in the page before its own scripts: all media are encrypted as they leave, and decrypted as they come. */
export function encryptFrames(): void {
  const encrypted: Record<string, number> = {};
  Object.assign(globalThis, { encrypted });
  const scramble = (octets: Uint8Array, from: number, to: number): void => {
    for (let at = from; at < to; at++) octets[at] = (octets[at] ?? 0) ^ 0x5a;
  };

  /** All but the first octets, as Jitsi's clients do it: the frame header of VP8, and as much of VP9 and of sound. */
  const behindHeader = (clear: number): Transform => {
    return (octets) => {
      scramble(octets, clear, octets.length);
      return octets;
    };
  };

  /** AV1: the payloads of OBUs; their headers and sizes are what packets are made by, as is the sequence header (AV1 s.5.3). */
  const insideObus: Transform = (octets) => {
    const [sequenceHeader, temporalDelimiter] = [1, 2];
    for (let at = 0; at < octets.length;) {
      const head = octets[at] ?? 0;
      const type = (head >> 3) & 0x0f;
      at += (head & 0x04) !== 0 ? 2 : 1;
      let size = octets.length - at;
      if ((head & 0x02) !== 0) {
        size = 0;
        for (let shift = 0, more = true; more; shift += 7) {
          const octet = octets[at++] ?? 0;
          size |= (octet & 0x7f) << shift;
          more = octet >= 0x80;
        }
      }
      if (type !== sequenceHeader && type !== temporalDelimiter) scramble(octets, at, at + size);
      at += size;
    }
    return octets;
  };

  /** Where the NAL units of an H.264 frame are (Annex B): behind each start code up to the next. */
  const unitsOf = (octets: Uint8Array): { start: number; end: number }[] => {
    const units: { start: number; end: number }[] = [];
    for (let at = 0; at + 2 < octets.length; at++) {
      if (octets[at] !== 0 || octets[at + 1] !== 0 || octets[at + 2] !== 1) continue;
      const before = units.at(-1);
      if (before !== undefined) before.end = octets[at - 1] === 0 ? at - 1 : at;
      units.push({ start: at + 3, end: octets.length });
      at += 2;
    }
    return units;
  };

  /**
   * H.264: slices behind the beginning of their header, which tells the receiver's packet buffer what they refer to. What comes out must not
   * look like a start code, nor end in a zero (s.7.4.1): it is escaped, and ends with an octet of its own.
   */
  const insideSlices = (encrypts: boolean): Transform => {
    const [clear, end] = [6, 0x80];
    const slice = (unit: Uint8Array): number[] => {
      const out = [...unit.subarray(0, clear)];
      let zeros = 0;
      const count = (octet: number): void => {
        zeros = octet === 0 ? zeros + 1 : 0;
      };
      out.forEach(count);
      const hidden = [...unit.subarray(clear)];
      if (!encrypts) hidden.pop();
      for (const octet of encrypts ? [...hidden.map((each) => each ^ 0x5a), end] : hidden) {
        if (zeros >= 2 && octet <= 3) {
          zeros = 0;
          if (encrypts) out.push(3);
          else continue;
        }
        count(octet);
        out.push(encrypts ? octet : octet ^ 0x5a);
      }
      return out;
    };
    return (octets) => {
      const out: number[] = [];
      for (const { start, end } of unitsOf(octets)) {
        const unit = octets.subarray(start, end);
        const type = (unit[0] ?? 0) & 0x1f;
        out.push(0, 0, 0, 1);
        for (const octet of (type === 1 || type === 5) && unit.length > clear ? slice(unit) : unit)
          out.push(octet);
      }
      return new Uint8Array(out);
    };
  };

  const transformOf = (frame: EncodedFrame, encrypts: boolean): Transform => {
    const { mimeType = '' } = frame.getMetadata();
    if (mimeType === 'video/AV1') return insideObus;
    if (mimeType === 'video/H264') return insideSlices(encrypts);
    return behindHeader(frame.type === 'key' ? 10 : frame.type === 'delta' ? 3 : 1);
  };

  const piped = new WeakSet<object>();
  const pipe = (end: RTCRtpSender | RTCRtpReceiver): void => {
    if (piped.has(end)) return;
    piped.add(end);
    const encrypts = end instanceof RTCRtpSender;
    const { readable, writable } = (
      end as unknown as { createEncodedStreams(): ReadableWritablePair<EncodedFrame, EncodedFrame> }
    ).createEncodedStreams();
    const cipher = new TransformStream<EncodedFrame, EncodedFrame>({
      transform(frame, controller) {
        const octets = transformOf(frame, encrypts)(new Uint8Array(frame.data));
        frame.data = octets.buffer as ArrayBuffer;
        const { mimeType = '' } = frame.getMetadata();
        encrypted[mimeType] = (encrypted[mimeType] ?? 0) + 1;
        controller.enqueue(frame);
      },
    });
    void readable.pipeThrough(cipher).pipeTo(writable);
  };
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super({ ...configuration, encodedInsertableStreams: true } as RTCConfiguration);
    }
    override async setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
      await super.setRemoteDescription(description);
      for (const { sender, receiver } of this.getTransceivers()) {
        pipe(sender);
        pipe(receiver);
      }
    }
  };
}
