/** How the videobridge lets clients come to another network within their session: `media.iceRestart`. */
import { z } from 'zod';
import { onOff, whole } from '../values.js';

export const iceRestart = z.object({
  enabled: onOff(
    'CONCLAVE_ICE_RESTART',
    true,
    'Whether the videobridge gives clients whose network changes new ICE credentials within their session (ICE restart). It can on Linux; elsewhere, and where this is off, they begin a new session.',
  ),
  transitionWindow: whole(
    'CONCLAVE_ICE_RESTART_WINDOW',
    3,
    'How many seconds the path before a restart is kept beside the one after it.',
    [0, 60],
  ),
  timeout: whole(
    'CONCLAVE_ICE_RESTART_TIMEOUT',
    20,
    'How many seconds a restart may take, while the path before it is used as long as it works.',
    [1, 120],
  ),
});
