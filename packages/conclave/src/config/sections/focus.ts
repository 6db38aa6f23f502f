/** How the focus conducts conferences, as the operator says it: `focus`. */
import { z } from 'zod';
import { focusBridges } from './focus-bridges.js';
import { focusConference, focusLogins } from './focus-conference.js';
import { focusTranscription, focusTranslation } from './focus-connects.js';
import { internalOrigin, listenAddress, onOff, oneOf, port } from '../values.js';

export const focus = z.object({
  authentication: oneOf(
    'CONCLAVE_FOCUS_AUTHENTICATION',
    ['auto', 'xmpp', 'jwt', 'none'],
    'auto',
    'Who opens conferences. `xmpp`: users of D, who log in on the page; `jwt`: users of D, who come with a token (a login is forgotten after a minute without use, and with its conference); `none`: everybody, guests included. `auto`: `jwt` where `xmpp.authentication.provider` is `token`, else `xmpp`.',
  ),
  logins: focusLogins,
  conference: focusConference,
  transcription: focusTranscription,
  translation: focusTranslation,
  bridges: focusBridges,
  iceRestart: onOff(
    'CONCLAVE_FOCUS_ICE_RESTART',
    true,
    'Whether clients whose network changes keep their session and get new ICE credentials. Where a bridge cannot, and where this is off, they begin a new session, with a gap of a second or more.',
  ),
  redundantAudio: onOff(
    'CONCLAVE_FOCUS_REDUNDANT_AUDIO',
    false,
    'Whether clients that know how repeat in each packet the sound of the one before (RED), so that one that is lost is not missed. Each voice then takes about twice the bandwidth.',
  ),

  ssrcRewriting: onOff(
    'CONCLAVE_FOCUS_SSRC_REWRITING',
    false,
    'Whether clients that know how see and hear others on a fixed number of streams, and are told by the bridge who is on which, rather than be told by the focus of every source in the meeting.',
  ),
  layersAllocation: onOff(
    'CONCLAVE_FOCUS_LAYERS_ALLOCATION',
    false,
    'Whether browsers tell the videobridge how large each layer of their cameras is, how many frames it has, and what bit rate it is meant to take (VLA). Otherwise it goes by what it sees.',
  ),
  internalHttp: z.object({
    address: listenAddress(
      'CONCLAVE_FOCUS_HTTP_ADDRESS',
      '127.0.0.1',
      'As a process of its own the focus answers operators and takes the conference requests that the web service passes on. Here it listens for them. Whoever reaches it may move participants and pin rooms.',
    ),
    port: port('CONCLAVE_FOCUS_HTTP_PORT', 8888, 'TCP port for that.'),
    url: internalOrigin(
      'CONCLAVE_FOCUS_HTTP_URL',
      'http://127.0.0.1:8888',
      'Where the web service passes `/conference-request/v1` on to when it runs as a process of its own.',
    ),
  }),
});
