/** SCRAM-SHA-1 and SCRAM-SHA-256 and their -PLUS forms, the server's side (RFC 5802, RFC 7677), protected against downgrades (XEP-0474). */
import { randomText } from '../../random-text.js';
import { noBindings, type ChannelBindings } from '../../stream/transport.js';
import { saslChallenge, saslFailure, type SaslExchange, type SaslOutcome } from './exchange.js';
import { hash, hmac, prepare, sameSecret, type ScramHash, type ScramKeys } from './scram-keys.js';

export interface ScramLookup {
  /** Keys of the account, or keys that nothing opens when there is none: the exchange is the same until its last step. */
  keys(username: string): Promise<{ readonly username: string; readonly keys: ScramKeys }>;
  /** Whether `authzid` is the address of the account `name`. */
  isSelf(authzid: string, name: string): boolean;
}

/** gs2-header: channel binding flag, authorization id (s.7). */
const gs2 = /^(n|y|p=([A-Za-z0-9.-]+)),(?:a=([^,]*))?,/;
/** client-first-message-bare; mandatory extensions (`m=`) are not understood, others are ignored. */
const clientFirst = /^n=([^,]*),r=([\x21-\x2b\x2d-\x7e]+)(?:,[A-Za-z]=[^,]*)*$/;
const clientFinal =
  /^(c=([A-Za-z0-9+/=]+),r=([\x21-\x2b\x2d-\x7e]+)(?:,[A-Za-z]=[^,]*)*),p=([A-Za-z0-9+/=]+)$/;

/** What was offered to the client, and what it chose of that. */
export interface ScramOffer {
  /** Whether the mechanism is a -PLUS one. */
  readonly plus: boolean;
  /** With them, -PLUS mechanisms were offered. */
  readonly bindings: ChannelBindings;
  readonly mechanisms: readonly string[];
}

const nothingOffered: ScramOffer = { plus: false, bindings: noBindings, mechanisms: [] };

type State =
  | { readonly step: 'first' }
  | {
      readonly step: 'final';
      readonly username: string;
      readonly keys: ScramKeys;
      readonly nonce: string;
      /** The header of the first message, and the data of the channel that it is bound to. */
      readonly binding: Buffer;
      readonly transcript: string;
    }
  | { readonly step: 'done' };

export class ScramExchange implements SaslExchange {
  #state: State = { step: 'first' };

  /** @param serverNonce printable, without commas; fresh each time */
  constructor(
    private readonly hashName: ScramHash,
    private readonly lookup: ScramLookup,
    private readonly offer: ScramOffer = nothingOffered,
    private readonly serverNonce: string = randomText(18),
  ) {}

  next(message: Buffer | undefined): SaslOutcome | Promise<SaslOutcome> {
    const state = this.#state;
    if (message === undefined) {
      return state.step === 'first' ? saslChallenge('') : saslFailure('malformed-request');
    }
    const text = message.toString();
    switch (state.step) {
      case 'first':
        return this.#first(text);
      case 'final':
        return this.#final(text, state);
      case 'done':
        return saslFailure('not-authorized');
    }
  }

  async #first(text: string): Promise<SaslOutcome> {
    const header = gs2.exec(text);
    if (header === null) return saslFailure('malformed-request');
    const [gs2Header, flag = '', type, authzid] = header;
    const channel = this.#channel(flag, type);
    if (channel === undefined)
      return {
        kind: 'failure',
        condition: 'malformed-request',
        text: 'Not a channel binding that is offered here',
      };
    const bare = text.slice(gs2Header.length);
    const [, rawName, clientNonce] = clientFirst.exec(bare) ?? [];
    const name = rawName === undefined ? undefined : decodeName(rawName);
    if (name === undefined || clientNonce === undefined) return saslFailure('malformed-request');
    if (authzid !== undefined && !this.lookup.isSelf(decodeName(authzid) ?? '', name)) {
      return saslFailure('invalid-authzid');
    }
    const { username, keys } = await this.lookup.keys(name);
    const nonce = clientNonce + this.serverNonce;
    const serverFirst = `r=${nonce},s=${keys.salt.toString('base64')},i=${keys.iterations}${this.#downgradeProtection()}`;
    this.#state = {
      step: 'final',
      username,
      keys,
      nonce,
      binding: Buffer.concat([Buffer.from(gs2Header), channel]),
      transcript: `${bare},${serverFirst}`,
    };
    return saslChallenge(serverFirst);
  }

  /** The data that a client's flag stands for (RFC 5802 s.6); undefined when it cannot say so here. */
  #channel(flag: string, type: string | undefined): Buffer | undefined {
    const { plus, bindings } = this.offer;
    if (type !== undefined) return plus ? bindings.get(type) : undefined;
    // `y`: it could, but believes that we cannot. When we can, somebody has taken that out of what we offered; unless what it can is
    // tls-unique alone (as python3-slixmpp), which TLS 1.3 does not have. Newer clients then have the hash of XEP-0474 to go by.
    const downgraded = flag === 'y' && bindings.has('tls-unique');
    return plus || downgraded ? undefined : Buffer.alloc(0);
  }

  /** What we offered, so that the client finds out if somebody has changed it on the way (XEP-0474 s.5). */
  #downgradeProtection(): string {
    const { mechanisms, bindings } = this.offer;
    if (mechanisms.length === 0) return '';
    const lists = [mechanisms, [...bindings.keys()]].filter((list) => list.length > 0);
    const text = lists.map((list) => list.toSorted().join('\x1e')).join('\x1f');
    return `,h=${offerHash(this.hashName, text)}`;
  }

  #final(text: string, state: State & { step: 'final' }): SaslOutcome {
    this.#state = { step: 'done' };
    const [, withoutProof, binding, nonce, proof] = clientFinal.exec(text) ?? [];
    if (withoutProof === undefined || binding === undefined || proof === undefined) {
      return saslFailure('malformed-request', state.username);
    }
    if (nonce !== state.nonce || !sameSecret(Buffer.from(binding, 'base64'), state.binding)) {
      return saslFailure('malformed-request', state.username);
    }
    const { storedKey, serverKey } = state.keys;
    const transcript = `${state.transcript},${withoutProof}`;
    const signature = hmac(this.hashName, storedKey, transcript);
    const given = Buffer.from(proof, 'base64');
    if (given.length !== signature.length) return saslFailure('not-authorized', state.username);
    const clientKey = given.map((byte, i) => byte ^ (signature[i] ?? 0));
    if (!sameSecret(hash(this.hashName, Buffer.from(clientKey)), storedKey)) {
      return saslFailure('not-authorized', state.username);
    }
    const verifier = hmac(this.hashName, serverKey, transcript).toString('base64');
    return { kind: 'success', username: state.username, data: Buffer.from(`v=${verifier}`) };
  }
}

/** There are as many as there are ways to offer mechanisms: what the host has, with and without each kind of channel. */
const offerHashes = new Map<string, string>();

function offerHash(name: ScramHash, text: string): string {
  const key = `${name} ${text}`;
  const known = offerHashes.get(key);
  if (known !== undefined) return known;
  const made = hash(name, Buffer.from(text)).toString('base64');
  offerHashes.set(key, made);
  return made;
}

/** saslname (s.5.1): `=2C` is a comma, `=3D` an equals sign, any other `=` is malformed. */
function decodeName(text: string): string | undefined {
  if (text === '' || /=(?!2C|3D)/.test(text)) return undefined;
  return prepare(text.replaceAll('=2C', ',').replaceAll('=3D', '='));
}
