/** When bridges of tests are overloaded, distrusted and failing. */
import type { BridgeLoadOptions } from './bridge.js';

export const LOAD: BridgeLoadOptions = {
  averageParticipantStress: 0.01,
  stressThreshold: 0.8,
  participantRampupMs: 20_000,
  failureResetMs: 60_000,
  silenceResetMs: 10_000,
  iceFailureDetection: {
    enabled: true,
    intervalMs: 120_000,
    minEndpoints: 30,
    threshold: 0.1,
    timeoutMs: 600_000,
  },
};
