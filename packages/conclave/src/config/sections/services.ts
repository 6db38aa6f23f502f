/** Services beside Conclave that log in to it, recorders and gateways: `recording`, `telephony`. */
import { z } from 'zod';
import { password } from '../values.js';

export const recording = z.object({
  servicePassword: password(
    'CONCLAVE_JIBRI_PASSWORD',
    'Password of the account `jibri@auth.D`, with which recorders (Jibri) report for work in the room `jibribrewery@internal.auth.D`. Goes with `recording.recorderPassword`. Without them there is no recording and no live streaming.',
  ),
  recorderPassword: password(
    'CONCLAVE_RECORDER_PASSWORD',
    'Password of the account `recorder@recorder.D`, with which the browser of a recorder enters the conference. Clients do not show it as a person.',
  ),
});

export const telephony = z.object({
  servicePassword: password(
    'CONCLAVE_JIGASI_PASSWORD',
    'Password of the account `jigasi@auth.D`, with which SIP gateways (Jigasi) report for work in the room `jigasibrewery@internal.auth.D` and enter conferences. Without it nobody is called.',
  ),
});
