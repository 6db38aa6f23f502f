/** The videobridge: where it takes media, what it is among others, and how many of them this machine runs: `media`. */
import { z } from 'zod';
import { settingMeta } from '../setting.js';
import { bridgeOperation } from './bridge-operation.js';
import { iceRestart } from './ice-restart.js';
import {
  internalOrigin,
  internalOrigins,
  jsonSection,
  listenAddress,
  mappedAddresses,
  onOff,
  optionalCount,
  password,
  port,
  region,
  whole,
} from '../values.js';

/** Written as a section, whose keys are texts. */
const lastNBySize = z.record(
  z.string().regex(/^[1-9]\d{0,5}$/),
  z.int('must give each size a whole number').min(0, 'must give each size a whole number').max(1_000_000),
  {
    error: ({ code }) =>
      code === 'invalid_key' ? 'must have whole numbers as sizes' : 'must be a section of sizes',
  },
);

const codecs = 'must be a list of VP8, VP9, H264 and AV1';

export const media = z.object({
  address: listenAddress('CONCLAVE_MEDIA_ADDRESS', 'any', 'Where the videobridge takes audio and video.'),
  port: port(
    'CONCLAVE_MEDIA_PORT',
    10000,
    'UDP port of audio and video: one port for everybody. It must be reachable from outside.',
  ),
  advertisedAddresses: mappedAddresses(
    'CONCLAVE_ADVERTISED_ADDRESSES',
    16,
    'The addresses under which the media port is reachable, told to the browsers. Needed behind NAT and in containers. Where the NAT forwards another port to `media.port`, its number follows: `203.0.113.7#443`, `2001:db8::7#443`; of several bridges on one machine (`media.processes`) each has the next one. In the environment separated by commas. Default: the addresses of this machine.',
  ),
  name: z
    .string({ error: 'must be a name' })
    .regex(/^[\w.-]{1,64}$/, 'must be a name, of letters, digits, dots, dashes and underscores')
    .optional()
    .register(settingMeta, {
      env: 'CONCLAVE_BRIDGE_NAME',
      type: 'name',
      about:
        'What the videobridge is called among the bridges, each by another name: in the log of the focus, and as the end of relays. Default: a random name at every start.',
    }),
  region: region(
    'CONCLAVE_BRIDGE_REGION',
    'Where the videobridge is, e.g. `eu-west`: `focus.bridges` chooses by it.',
  ),
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
  lastN: optionalCount(
    'CONCLAVE_LAST_N',
    'How many videos anybody is sent at most, those who spoke last before others. Default: as many as the browser asks for, within `media.lastNBySize`.',
  ),
  lastNBySize: lastNBySize.default({ 20: 20, 30: 15 }).register(settingMeta, {
    env: 'CONCLAVE_LAST_N_BY_SIZE',
    ...jsonSection,
    about:
      'The same by the size of a conference: from so many videos on, at most so many are sent to anybody; `{}` for no such limits. With the default nobody is sent more than 20 where there are 20 or more, nor more than 15 where there are 30.',
  }),
  loudestSpeakers: optionalCount(
    'CONCLAVE_LOUDEST_SPEAKERS',
    'With more open microphones than these only the loudest are heard at a time, and whoever holds the floor. Default: everybody is heard.',
  ),
  silenceDetection: onOff(
    'CONCLAVE_SILENCE_DETECTION',
    false,
    'Whether browsers are told that nobody has spoken for three seconds.',
  ),
  assumedBandwidth: optionalCount(
    'CONCLAVE_ASSUMED_BANDWIDTH',
    'A client may say how much bandwidth it has, in place of what the videobridge finds out: so many kbit/s at most. Whoever has less than it says is sent more than it can take. Default: what clients say of it does not count.',
  ),
  targetBitrates: onOff(
    'CONCLAVE_TARGET_BITRATES',
    false,
    'Whether layers are chosen by the bit rates that browsers say they mean to send, where `focus.layersAllocation` has them say so, rather than by those that they have sent.',
  ),
  processes: whole(
    'CONCLAVE_BRIDGE_PROCESSES',
    1,
    'How many videobridges this machine runs, a process each, since one uses one core: 0 for one a core. They take the UDP ports from `media.port` on and the TCP ports from `media.internalHttp.port` on, and the focus spreads conferences over them. A process that dies is started again.',
    [0, 64],
  ),
  iceRestart,
  operation: bridgeOperation,
  internalHttp: z.object({
    address: listenAddress(
      'CONCLAVE_BRIDGE_HTTP_ADDRESS',
      '127.0.0.1',
      'As a process of its own the videobridge takes the bridge-channel WebSockets that the web service passes on. Here it listens for them.',
    ),
    port: port('CONCLAVE_BRIDGE_HTTP_PORT', 9090, 'TCP port for that.'),
    token: password(
      'CONCLAVE_BRIDGE_HTTP_TOKEN',
      'What operators prove themselves by at that port (`Authorization: Bearer …`) who end the videobridge or trace what passes. Unset: neither can be done there, but by `conclavectl` on the machine.',
    ),
    url: internalOrigin(
      'CONCLAVE_BRIDGE_HTTP_URL',
      'http://127.0.0.1:9090',
      'Where the web service passes `/colibri-ws` on to when it runs as a process of its own.',
    ),
    others: internalOrigins(
      'CONCLAVE_BRIDGE_HTTP_OTHERS',
      64,
      'The same of videobridges on further machines: the web service asks each in turn which knows the bridge that a WebSocket is for. In the environment separated by commas.',
    ),
  }),
});
