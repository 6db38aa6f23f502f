/** What a host says of itself in service discovery (XEP-0030), gathered from the modules loaded on it. */
import type { DataForm } from '@conclave/signaling';

export interface Identity {
  readonly category: string;
  readonly type: string;
  readonly name?: string;
}

export interface Item {
  readonly jid: string;
  readonly name: string | undefined;
}

export interface DiscoRegistry {
  /** Another one after every change. */
  readonly revision: number;
  /** Each once, sorted. */
  readonly features: readonly string[];
  readonly identities: readonly Identity[];
  readonly items: readonly Item[];
  /** XEP-0128. */
  readonly forms: readonly DataForm[];
  /** Of the accounts of the host, told to who asks for their bare JIDs. */
  readonly accountFeatures: readonly string[];
  readonly accountIdentities: readonly Identity[];
  /** Each returns a function that withdraws the contribution. */
  feature(namespace: string): () => void;
  accountFeature(namespace: string): () => void;
  accountIdentity(identity: Identity): () => void;
  identity(identity: Identity): () => void;
  item(jid: string, name?: string): () => void;
  form(form: DataForm): () => void;
}
