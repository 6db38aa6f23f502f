/** What a host says of itself in service discovery (XEP-0030), gathered from the modules loaded on it. */

export interface Identity {
  readonly category: string;
  readonly type: string;
  readonly name?: string;
}

export interface DiscoRegistry {
  /** Each returns a function that withdraws the contribution. */
  feature(namespace: string): () => void;
  identity(identity: Identity): () => void;
  item(jid: string, name?: string): () => void;
}
