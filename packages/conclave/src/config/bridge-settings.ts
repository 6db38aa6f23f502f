/** What a videobridge is among others: its name, where it is, and how many of them this machine runs. */
import { z } from 'zod';
import { settingMeta } from './setting.js';

const name = (what: string) =>
  z
    .string({ error: `must be ${what}` })
    .regex(/^[\w.-]{1,64}$/, `must be ${what}, of letters, digits, dots, dashes and underscores`);

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
