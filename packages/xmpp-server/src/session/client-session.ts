/** A client's session as the rest of the server sees it: an address that stanzas can be sent to. */
import type { Element } from 'ltx';
import type { TokenIdentity } from '../accounts/token/identity.js';
import type { Jid } from '@conclave/signaling';

/** The conference that a client says its connection is for, and its tenant: to be checked against who is in it. */
export interface ClaimedConference {
  readonly room: string | undefined;
  readonly prefix: string | undefined;
  /** The name that a moderator's leave to enter goes by (Jitsi's `customusername`): worth what whoever gave it knows of it. */
  readonly leave?: string | undefined;
}

export interface ClientSession {
  /** The bound full JID. */
  readonly jid: Jid;
  /** How it authenticated: an `anonymous` session has no account. */
  readonly anonymous: boolean;
  /** What the token that it came with says; undefined: it came without one. */
  readonly identity?: TokenIdentity | undefined;
  readonly conference?: ClaimedConference | undefined;
  /** Its last broadcast presence, while it is available (RFC 6121 s.4.2); `from` it, without `to`. */
  readonly presence: Element | undefined;
  /** Puts another stanza in the place of that presence: the server has more to say in its name. Whoever does it tells others. */
  renewPresence(stanza: Element): void;
  /** Of that presence (RFC 6121 s.4.7.2.3), -128 … 127; undefined: not available. */
  readonly priority: number | undefined;
  /** It has lost its connection, and waits to be resumed (XEP-0198). */
  readonly isAsleep: boolean;
  /** Delivers a stanza (queued while the session hibernates, XEP-0198). Never throws; `to` of the stanza is sent as it is. */
  send(stanza: Element): void;
  /**
   * Delivers a stanza to which only `to` is missing, already serialised up to and after that attribute; for broadcasts, which
   * serialise once a room instead of once a receiver.
   */
  sendSerialized(stanza: SerializedStanza): void;
  /** Holds back from now on what can wait, told by its text; `undefined`: nothing any more, and sends what was held. */
  hold(canWait: ((xml: string) => boolean) | undefined): void;
  /** Sends what is held, and goes on holding back. */
  releaseHeld(): void;
  /** Ends the session with a stream error (RFC 6120 s.4.9.3). */
  close(condition: string, text?: string): void;
}

export interface SerializedStanza {
  readonly name: 'message' | 'presence' | 'iq';
  readonly xml: string;
}
