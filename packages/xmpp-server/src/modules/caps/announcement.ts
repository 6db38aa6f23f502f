/** What one client announces that it can do (XEP-0115), and which nodes that says it wants to hear of, once it has been looked up. */
import {
  attribute,
  capsMatch,
  decodeDiscoInfo,
  el,
  NS,
  SignalingError,
  type Caps,
  type DiscoInfo,
  type Element,
} from '@conclave/signaling';
import type { InterestCache } from './interest-cache.js';

/** How hashes are looked up. */
export interface Lookup {
  readonly known: InterestCache;
  /** Nodes that one client may want to hear of. */
  readonly maxInterests: number;
  /** Puts a question to the client; undefined: it cannot be asked now. */
  ask(query: Element): Promise<Element | undefined>;
  /** The nodes that it wants to hear of from now on, beside those before. */
  learned(fresh: ReadonlySet<string>): void;
  failed(error: unknown): void;
}

const nothing: ReadonlySet<string> = new Set();

export class Announcement {
  #nodes = nothing;
  #caps: Caps | undefined;
  #isAsking = false;

  constructor(private readonly lookup: Lookup) {}

  wants(node: string): boolean {
    return this.#nodes.has(node);
  }

  get nodes(): ReadonlySet<string> {
    return this.#nodes;
  }

  /** @param caps undefined: it announces nothing, or is gone */
  say(caps: Caps | undefined): void {
    const before = this.#caps;
    if (caps !== undefined && caps.ver === before?.ver && caps.node === before.node) return;
    this.#caps = caps;
    this.#look();
  }

  #look(): void {
    const caps = this.#caps;
    if (caps === undefined) {
      this.#nodes = nothing;
      return;
    }
    const nodes = caps.hash === 'sha-1' ? this.lookup.known.get(caps.ver) : undefined;
    if (nodes !== undefined) this.#learn(nodes);
    else if (!this.#isAsking) this.#ask(caps).catch((error: unknown) => this.lookup.failed(error));
  }

  /** One question at a time: a client that announces something else all the while is asked when it has answered. */
  async #ask(asked: Caps): Promise<void> {
    const { lookup } = this;
    this.#isAsking = true;
    const reply = await lookup.ask(el('query', { xmlns: NS.discoInfo, node: `${asked.node}#${asked.ver}` }));
    this.#isAsking = false;
    const info = reply && infoOf(reply);
    const nodes = info === undefined ? nothing : interestsOf(info, lookup.maxInterests);
    // Kept for everybody only if it is what the hash stands for (s.5.4): nobody speaks for others.
    if (info !== undefined && asked.hash === 'sha-1' && capsMatch(info, asked.ver)) {
      lookup.known.set(asked.ver, nodes);
    }
    // Not asked: the same hash, said again, is another occasion.
    if (reply === undefined && this.#caps?.ver === asked.ver) this.#caps = undefined;
    else if (this.#caps?.ver === asked.ver) this.#learn(nodes);
    else this.#look();
  }

  #learn(nodes: ReadonlySet<string>): void {
    const before = this.#nodes;
    this.#nodes = nodes;
    const fresh = new Set([...nodes].filter((name) => !before.has(name)));
    if (fresh.size > 0) this.lookup.learned(fresh);
  }
}

function infoOf(reply: Element): DiscoInfo | undefined {
  const query = reply.getChild('query', NS.discoInfo);
  if (attribute(reply, 'type') !== 'result' || query === undefined) return undefined;
  try {
    return decodeDiscoInfo(query);
  } catch (error) {
    if (error instanceof SignalingError) return undefined;
    throw error;
  }
}

function interestsOf({ features }: DiscoInfo, max: number): ReadonlySet<string> {
  const suffix = '+notify';
  const nodes = features
    .filter((feature) => feature.endsWith(suffix))
    .map((feature) => feature.slice(0, -suffix.length));
  return new Set(nodes.slice(0, max));
}
