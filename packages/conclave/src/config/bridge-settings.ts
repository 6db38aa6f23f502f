/** What a videobridge is among others: its name, where it is, and how many of them this machine runs. */
import { z } from 'zod';
import { settingMeta } from './setting.js';

const name = (what: string) =>
  z
    .string({ error: `must be ${what}` })
    .regex(/^[\w.-]{1,64}$/, `must be ${what}, of letters, digits, dots, dashes and underscores`);

const codecs = 'must be a list of VP8, VP9, H264 and AV1';

const processes = 'must be a whole number from 0 to 64';

export const bridgeSettings = {
  name: name('a name').optional().register(settingMeta, {
    env: 'CONCLAVE_BRIDGE_NAME',
    type: 'name',
    about:
      'What the videobridge is called among the bridges, each by another name: in the log of the focus, and as the end of relays. Default: a random name at every start.',
  }),
  region: name('a name of a region').optional().register(settingMeta, {
    env: 'CONCLAVE_BRIDGE_REGION',
    type: 'name of a region',
    about: 'Where the videobridge is, e.g. `eu-west`: `focus.bridges` chooses by it.',
  }),
  videoCodecs: z
    .array(z.enum(['VP8', 'VP9', 'H264', 'AV1'], { error: codecs }), { error: codecs })
    .min(1, codecs)
    .max(4)
    .default(['VP8'])
    .register(settingMeta, {
      env: 'CONCLAVE_VIDEO_CODECS',
      type: 'list of video codecs',
      about:
        'What browsers send their cameras in, the best first: `VP8`, `VP9`, `H264`, `AV1`. The first that a browser has is taken. VP9 and AV1 look better at the same bit rate and cost their senders more; VP8 is what every browser and app has. In the environment separated by commas.',
    }),
  stunServers: z
    .array(
      z
        .string()
        .regex(
          /^([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?$/,
          'must be a list of STUN servers, such as stun.example.org:3478',
        ),
      { error: 'must be a list of STUN servers' },
    )
    .max(8)
    .default([])
    .register(settingMeta, {
      env: 'CONCLAVE_STUN_SERVERS',
      type: 'list of host names, with a port or without',
      about:
        'Whom the videobridge asks for its public address where that changes: it is told to the browsers beside the others. The NAT must forward the media port under the same number. Default: nobody is asked.',
    }),
  processes: z
    .number({ error: processes })
    .int(processes)
    .min(0, processes)
    .max(64, processes)
    .default(1)
    .register(settingMeta, {
      env: 'CONCLAVE_BRIDGE_PROCESSES',
      type: 'number from 0 to 64',
      about:
        'How many videobridges this machine runs, a process each, since one uses one core: 0 for one a core. They take the UDP ports from `media.port` on and the TCP ports from `media.internalHttp.port` on, and the focus spreads conferences over them. A process that dies is started again.',
    }),
};
