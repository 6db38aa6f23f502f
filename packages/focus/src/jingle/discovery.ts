/** Finds out what members' clients can do, by service discovery (XEP-0030) kept under the hash they announce (XEP-0115). */
import {
  capsMatch,
  decodeCaps,
  decodeDiscoInfo,
  type DiscoInfo,
  el,
  type Element,
  NS,
  SignalingError,
} from '@conclave/signaling';
import type { Occupant, XmppConnection } from '@conclave/xmpp-connection';
import { ASSUMED_FEATURES, type ClientFeatures, clientFeatures } from './features.js';

/** Distinct clients remembered; the oldest is forgotten first. */
const CACHE_SIZE = 512;

const NO_FEATURES = clientFeatures([]);

export class FeatureDiscovery {
  readonly #connection: XmppConnection;
  readonly #byHash = new Map<string, ClientFeatures>();

  constructor(connection: XmppConnection) {
    this.#connection = connection;
  }

  /**
   * The features of an occupant's client. One that does not answer is taken for a simple media client; one that answers
   * with an error or nonsense for a client without media.
   */
  async discover(occupant: Occupant): Promise<ClientFeatures> {
    const caps = decodeCaps(occupant.presence);
    const ver = caps?.hash === 'sha-1' ? caps.ver : undefined;
    const known = ver === undefined ? undefined : this.#byHash.get(ver);
    if (known) return known;
    const query = el('iq', { type: 'get', to: occupant.jid }, el('query', { xmlns: NS.discoInfo }));
    const outcome = await this.#connection.request(query);
    if (outcome.kind === 'timeout') return ASSUMED_FEATURES;
    const info = outcome.kind === 'result' ? readInfo(outcome.stanza) : undefined;
    if (!info) return NO_FEATURES;
    const features = clientFeatures(info.features);
    // Only what hashes to the announcement may speak for others who announce the same.
    if (ver !== undefined && capsMatch(info, ver)) this.#remember(ver, features);
    return features;
  }

  #remember(ver: string, features: ClientFeatures): void {
    const [oldest] = this.#byHash.keys();
    if (this.#byHash.size >= CACHE_SIZE && oldest !== undefined) this.#byHash.delete(oldest);
    this.#byHash.set(ver, features);
  }
}

const readInfo = (result: Element): DiscoInfo | undefined => {
  const query = result.getChild('query', NS.discoInfo);
  try {
    return query && decodeDiscoInfo(query);
  } catch (error) {
    if (error instanceof SignalingError) return undefined;
    throw error;
  }
};
