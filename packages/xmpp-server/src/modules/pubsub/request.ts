/** A request to a pubsub service, and what comes of it; the small verbs that its operations share. */
import {
  attribute,
  decodeDataForm,
  el,
  isStanzaError,
  NS,
  SignalingError,
  type DataForm,
  type Element,
  type Jid,
  type StanzaError,
} from '@conclave/signaling';
import { mayManage, type Relation } from './access.js';
import { failure } from './errors.js';
import { pubsubNamespace } from './namespaces.js';
import type { PubsubNode } from './node.js';
import type { NodeEvent, PubsubService } from './service.js';

export interface PubsubRequest {
  readonly service: PubsubService;
  /** Whose service it is: a bare JID; undefined: nodes belong to those who made them. */
  readonly ownerJid: string | undefined;
  readonly from: Jid;
  /** Of the sender, to the service's owner. */
  readonly relation: Relation;
  /** Whether the sender may make nodes, and does so by publishing. */
  readonly mayCreate: boolean;
  readonly autoCreate: boolean;
  /** `<pubsub/>`, and the child that says what to do. */
  readonly pubsub: Element;
  readonly action: Element;
  /** ISO 8601. */
  readonly now: string;
}

export interface Done {
  /** The payload of the result; null: an empty one. */
  readonly reply: Element | null;
  readonly events: readonly NodeEvent[];
  /** What somebody in particular is told. */
  readonly notices?: readonly Notice[];
  /** Somebody has subscribed to a node, and may get its last item. */
  readonly subscribed?: { readonly node: PubsubNode; readonly address: Jid };
}

/** A message to one address: what it carries. */
export interface Notice {
  readonly to: string;
  readonly payload: Element;
}

export type Outcome = Done | StanzaError;
export type Operation = (request: PubsubRequest) => Outcome;

export function done(reply: Element | null = null, ...events: readonly NodeEvent[]): Done {
  return { reply, events };
}

/** `<pubsub/>` of an answer. */
export function answer(...children: readonly Element[]): Element {
  return el('pubsub', { xmlns: pubsubNamespace.requests }, children);
}

/** The name of the node that the request is about. */
export function nodeName({ action }: PubsubRequest): string | StanzaError {
  const name = attribute(action, 'node');
  return name === undefined || name === '' ? failure('node-required') : name;
}

/** The node, for those that it belongs to. Nobody else learns whether it is there. */
export function managedNode(request: PubsubRequest): PubsubNode | StanzaError {
  const name = nodeName(request);
  if (isStanzaError(name)) return name;
  const node = request.service.node(name);
  if (node === undefined) return absent(request);
  return mayManage(node.standing(request.relation)) ? node : failure('forbidden');
}

/** There is no such node: which is for nobody but the owner to know, if the service is a person's. */
export function absent({ service, relation }: PubsubRequest): StanzaError {
  return failure(relation.isOwner || !service.isPersonal ? 'not-found' : 'forbidden');
}

/** Whom requests and news about a node's subscribers go to. */
export function ownersOf({ ownerJid }: Pick<PubsubRequest, 'ownerJid'>, node: PubsubNode): readonly string[] {
  return ownerJid === undefined ? node.owners : [ownerJid];
}

/** The submitted form inside; undefined: there is none; an error: it cannot be read. */
export function submittedForm(parent: Element | undefined): DataForm | StanzaError | undefined {
  const x = parent?.getChild('x', NS.dataForms);
  if (x === undefined) return undefined;
  try {
    return decodeDataForm(x);
  } catch (error) {
    if (error instanceof SignalingError) return failure('malformed');
    throw error;
  }
}
