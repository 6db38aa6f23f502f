export { startVideobridge, type Videobridge, type VideobridgeOptions } from './videobridge.js';
export { type BridgeLimits, DEFAULT_LIMITS } from './conference/limits.js';
export { type BridgeStatistics } from './colibri/stats.js';
// The media side alone, for benchmarks.
export { Bridge, type BridgeOptions } from './conference/bridge.js';
export { type Conference } from './conference/conference.js';
export { type Endpoint } from './conference/endpoint.js';
