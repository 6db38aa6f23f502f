/** What it takes to join a conference. */
import type { Log } from '../log.js';
import type { LocalMedia } from '../media/local-media.js';
import type { OpenConnection } from '../xmpp/connection.js';
import type { KeyValueStore } from './identity.js';

export interface Domains {
  /** Where hosts have their accounts. */
  readonly domain: string;
  /** Where guests connect, without an account; `domain` when absent. */
  readonly anonymous?: string;
  /** The room service. */
  readonly muc: string;
  /** The focus component. */
  readonly focus: string;
}

export interface JoinOptions {
  /** ws:// or wss:// URL of the XMPP server's WebSocket. */
  readonly serviceUrl: string;
  readonly domains: Domains;
  /** Name of the room: the local part of its JID. */
  readonly room: string;
  readonly displayName: string;
  /** Where this browser's identity is kept between visits. */
  readonly store: KeyValueStore;
  /** Absent: nothing is sent or received but signaling and chat. */
  readonly media?: {
    readonly local: LocalMedia;
    readonly createPeerConnection: () => RTCPeerConnection;
    /** Names of the codecs that the camera is sent in, the best first. Default: VP8. */
    readonly videoCodecs?: readonly string[];
  };
  readonly log?: Log;
  /** For tests. */
  readonly openConnection?: OpenConnection;
  readonly random?: () => number;
}
