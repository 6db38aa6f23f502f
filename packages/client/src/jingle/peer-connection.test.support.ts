/** The browser's peer connection as far as a media session sees it, for tests in Node. */
import { parse } from 'sdp-transform';
import { answerSdp } from './offer.test.support.js';

export class FakeTrack {
  constructor(
    readonly kind: string,
    readonly height = 720,
  ) {}
  getSettings() {
    return { height: this.height };
  }
}

export class FakeDataChannel extends EventTarget {
  readonly sent: string[] = [];
  closed = false;
  constructor(
    readonly label: string,
    readonly protocol: string,
  ) {
    super();
  }
  send(text: string) {
    this.sent.push(text);
  }
  close() {
    this.closed = true;
  }
  open() {
    this.dispatchEvent(new Event('open'));
  }
  say(message: object) {
    this.dispatchEvent(Object.assign(new Event('message'), { data: JSON.stringify(message) }));
  }
}

class FakeTransceiver {
  direction = 'recvonly';
  readonly receiver: { track: FakeTrack };
  private parameters = { encodings: [{}] as RTCRtpEncodingParameters[] };
  sending: unknown = null;
  readonly sender = {
    replaceTrack: (track: unknown) => {
      this.sending = track;
      return Promise.resolve();
    },
    getParameters: () => structuredClone(this.parameters),
    setParameters: (parameters: typeof this.parameters) => {
      this.parameters = parameters;
      return Promise.resolve();
    },
  };
  constructor(
    readonly mid: string,
    kind: string,
  ) {
    this.receiver = { track: new FakeTrack(kind) };
  }
  get encoding() {
    return this.parameters.encodings[0];
  }
}

export class FakePeerConnection extends EventTarget {
  connectionState: RTCPeerConnectionState = 'new';
  readonly offers: string[] = [];
  readonly transceivers = new Map<string, FakeTransceiver>();
  channel: FakeDataChannel | undefined;
  closed = false;
  configuration: RTCConfiguration = { bundlePolicy: 'max-bundle' };
  /** Negotiations under way: a browser allows one. */
  private busy = false;
  /** Makes the next setRemoteDescription fail. */
  refuse: Error | undefined;

  getConfiguration() {
    return this.configuration;
  }
  setConfiguration(configuration: RTCConfiguration) {
    if (this.offers.length > 0) throw new Error('too late for what is gathered');
    this.configuration = configuration;
  }
  async setRemoteDescription({ sdp }: { sdp: string }) {
    if (this.busy) throw new Error('InvalidStateError');
    this.busy = true;
    await Promise.resolve();
    if (this.refuse) throw this.refuse;
    this.offers.push(sdp);
    for (const { mid, type } of parse(sdp).media) {
      if (mid === undefined || type === 'application' || this.transceivers.has(mid)) continue;
      this.transceivers.set(mid, new FakeTransceiver(mid, type));
    }
  }
  createAnswer() {
    return Promise.resolve({ type: 'answer', sdp: answerSdp });
  }
  async setLocalDescription() {
    await Promise.resolve();
    this.busy = false;
  }
  getTransceivers() {
    return [...this.transceivers.values()];
  }
  createDataChannel(label: string, { protocol }: { protocol: string }) {
    this.channel = new FakeDataChannel(label, protocol);
    return this.channel;
  }
  close() {
    this.closed = true;
  }
  become(state: RTCPeerConnectionState) {
    this.connectionState = state;
    this.dispatchEvent(new Event('connectionstatechange'));
  }
  /** What a browser would hand out. */
  get asBrowser(): RTCPeerConnection {
    return this as unknown as RTCPeerConnection;
  }
}
