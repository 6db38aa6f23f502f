/** How a videobridge is operated: when it counts as full or stuck, and how it takes its leave: `media.operation`. */
import { z } from 'zod';
import { onOff, whole } from '../values.js';

export const bridgeOperation = z.object({
  draining: onOff(
    'CONCLAVE_BRIDGE_DRAINING',
    false,
    'Whether the videobridge starts without being given conferences, until `conclavectl drain --off`.',
  ),
  gracePeriod: whole(
    'CONCLAVE_BRIDGE_GRACE_PERIOD',
    86_400,
    'How many seconds people may stay after a graceful shutdown was asked for.',
    [1, 604_800],
  ),
  fullPacketRate: whole(
    'CONCLAVE_BRIDGE_FULL_PACKET_RATE',
    0,
    'How many packets a second, both ways, make the videobridge count as full where the network is the limit. 0: only its processor counts.',
    [0, 10_000_000],
  ),
  reduceLoad: onOff(
    'CONCLAVE_BRIDGE_REDUCE_LOAD',
    true,
    'Whether everybody is sent fewer videos while the videobridge has too much to do.',
  ),
  stuckReport: whole(
    'CONCLAVE_STUCK_REPORT',
    5,
    'How many seconds the event loop of the process may be stuck before the log says where.',
    [1, 600],
  ),
  stuckEnd: whole(
    'CONCLAVE_STUCK_END',
    20,
    'How many seconds the event loop may be stuck before the process is killed, so that whatever started it (systemd, Docker, `media.processes`) starts it again. Nothing else is served while it is stuck, in one process with everything else either. 0: never.',
    [0, 3600],
  ),
});
