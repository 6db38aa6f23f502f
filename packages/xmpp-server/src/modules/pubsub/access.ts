/** Who may do what to a node (XEP-0060 s.4.1, s.4.5): tables of affiliations, of access models and of publish models. */
import type { Failure } from './errors.js';

/** What each affiliation may do on its own, whatever the models say. */
interface Rights {
  /** `model`: as the access model has it. */
  readonly read: 'always' | 'model' | 'never';
  /** `model`: as the publish model has it. */
  readonly publish: 'always' | 'model' | 'never';
  readonly retract: 'any' | 'own';
  /** Configure, purge and delete the node, and say who is what to it. */
  readonly manage: boolean;
}

const rights = {
  owner: { read: 'always', publish: 'always', retract: 'any', manage: true },
  publisher: { read: 'always', publish: 'always', retract: 'own', manage: false },
  'publish-only': { read: 'never', publish: 'always', retract: 'own', manage: false },
  member: { read: 'always', publish: 'model', retract: 'own', manage: false },
  none: { read: 'model', publish: 'model', retract: 'own', manage: false },
  outcast: { read: 'never', publish: 'never', retract: 'own', manage: false },
} as const satisfies Record<string, Rights>;

export type Affiliation = keyof typeof rights;
export const affiliations = Object.keys(rights) as [Affiliation, ...Affiliation[]];

/** What somebody is to the owner of the service, or of nodes there. */
export interface Relation {
  /** Bare JID. */
  readonly jid: string;
  /** It is the owner of the service itself. */
  readonly isOwner: boolean;
  /** Sees the owner's presence. */
  readonly seesPresence: boolean;
  /** The owner's roster groups that it is in. */
  readonly groups: readonly string[];
  /** Whose presence and roster are meant (a bare JID), and so at which nodes they count; undefined: all nodes have the same owner. */
  readonly contactOf?: string;
}

/** What somebody is to a node. */
export interface Standing {
  readonly relation: Relation;
  readonly affiliation: Affiliation;
  readonly isSubscribed: boolean;
}

/** The access models, and to whom each is closed. */
const doors = {
  open: () => undefined,
  presence: ({ relation }) => (relation.seesPresence ? undefined : 'presence-subscription-required'),
  roster: ({ relation: { seesPresence, groups } }, allowed) =>
    seesPresence && groups.some((group) => allowed.includes(group)) ? undefined : 'not-in-roster-group',
  // Whom an owner has let subscribe (s.8.6).
  authorize: ({ isSubscribed }) => (isSubscribed ? undefined : 'subscription-required'),
  whitelist: () => 'closed-node',
} as const satisfies Record<
  string,
  (standing: Standing, allowedGroups: readonly string[]) => Failure | undefined
>;

/** Those that ask what somebody is to the owner. */
export const contactModels: readonly AccessModel[] = ['presence', 'roster'];

export type AccessModel = keyof typeof doors;
export const accessModels = Object.keys(doors) as [AccessModel, ...AccessModel[]];

const publishers = {
  publishers: () => false,
  subscribers: ({ isSubscribed }) => isSubscribed,
  open: () => true,
} as const satisfies Record<string, (standing: Standing) => boolean>;

export type PublishModel = keyof typeof publishers;
export const publishModels = Object.keys(publishers) as [PublishModel, ...PublishModel[]];

export interface AccessRules {
  readonly accessModel: AccessModel;
  readonly publishModel: PublishModel;
  readonly rosterGroups: readonly string[];
}

/** Why somebody may not read; undefined: may. */
export function readingBarred(standing: Standing, rules: AccessRules): Failure | undefined {
  const { read }: Rights = rights[standing.affiliation];
  if (read === 'always') return undefined;
  return read === 'never' ? 'forbidden' : doors[rules.accessModel](standing, rules.rosterGroups);
}

/** Why somebody may not subscribe, nor ask to (s.6.1.3); undefined: may. */
export function subscribingBarred(standing: Standing, rules: AccessRules): Failure | undefined {
  const barred = readingBarred(standing, rules);
  return barred === 'subscription-required' ? undefined : barred;
}

/** Whether an owner has to say yes before somebody is subscribed who may ask for it (s.6.1.4). */
export function needsApproval(standing: Standing, rules: AccessRules): boolean {
  return readingBarred(standing, rules) === 'subscription-required';
}

export function mayPublish(standing: Standing, rules: AccessRules): boolean {
  const { publish }: Rights = rights[standing.affiliation];
  if (publish !== 'model') return publish === 'always';
  // Who may not look inside may not write either.
  return readingBarred(standing, rules) === undefined && publishers[rules.publishModel](standing);
}

export function mayRetract(standing: Standing, rules: AccessRules, publisher: string): boolean {
  const { retract }: Rights = rights[standing.affiliation];
  return retract === 'any' || (mayPublish(standing, rules) && publisher === standing.relation.jid);
}

export function mayManage({ affiliation }: Standing): boolean {
  return rights[affiliation].manage;
}
