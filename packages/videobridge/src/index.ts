export { startVideobridge, type Videobridge, type VideobridgeOptions } from './videobridge.js';
export { type BridgeLimits, DEFAULT_LIMITS } from './conference/limits.js';
export { type BridgeStatistics } from './colibri/stats.js';
// The media side alone, for benchmarks.
export { Bridge, type BridgeOptions } from './conference/bridge.js';
export { type Conference } from './conference/conference.js';
export { type Endpoint } from './conference/endpoint.js';
// What speaks with a bridge from the other side, for benchmarks and soaks.
export { clientOffer, clientTransport } from './transport/client-sdp.js';
export { LoopbackClient } from './transport/loopback-client.js';
export {
  isRtcp,
  NO_EXTENSIONS,
  readRtp,
  rtpView,
  type ExtensionIds,
  type RtpView,
} from './rtp/rtp-packet.js';
export { parseCompound, type RtcpPacket } from './rtp/rtcp.js';
export { buildNack, buildPli, buildReceiverReports, buildSenderReport } from './rtp/rtcp-builders.js';
export { readVp8 } from './rtp/vp8.js';
export { videoFrame } from './rtp/video-frame.js';
export { ReceivedStream } from './receive/received-stream.js';
export { unwrapRtx } from './receive/rtx.js';
export { TransportCcRecorder } from './receive/transport-cc-recorder.js';
export { PacketCache } from './send/packet-cache.js';
