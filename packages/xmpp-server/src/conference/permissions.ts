/**
 * What an occupant may do, by feature: recording, live streaming, calling out, speaking to the group (Jitsi's permissions). A token's
 * list of features decides; who came without such a list may do as a moderator what moderators may. A moderator is told by
 * its own presence what that is.
 */
import { attribute, el, NS, type Element } from '@conclave/signaling';
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import type { Muc, Room } from '../muc/index.js';
import type { Occupant } from '../muc/occupant.js';

/** What the module offers to others. */
export interface Permissions {
  /** All that is said about an occupant, by feature. */
  of(room: Room, occupant: Occupant): ReadonlyMap<string, boolean>;
  /** Whether an occupant may use a feature. @param otherwise who may when nothing is said about it; default: moderators */
  allow(room: Room, occupant: Occupant, feature: string, otherwise?: 'moderators' | 'nobody'): boolean;
}

/** What moderators may do where nobody says otherwise. */
const usualOfModerators: Readonly<Record<string, boolean>> = {
  livestreaming: true,
  recording: true,
  transcription: true,
  'outbound-call': true,
  'create-polls': true,
  'send-groupchat': true,
  flip: true,
  'live-translation': true,
  'live-translation-subscribe': true,
};

const options = z.strictObject({
  /** Of a moderator whose token says nothing about it. */
  moderators: z.record(z.string(), z.boolean()).default(usualOfModerators),
  /** Features of the same that there are besides. */
  more: z.record(z.string(), z.boolean()).default({}),
  /** Of anybody else. */
  participants: z.record(z.string(), z.boolean()).default({}),
});

type Features = ReadonlyMap<string, boolean>;

/** From the token of any of an occupant's sessions; undefined: nothing is said there. */
function featuresByToken(occupant: Occupant): Features | undefined {
  for (const { origin } of occupant.sessions) {
    if (origin?.identity?.features !== undefined) return origin.identity.features;
  }
  return undefined;
}

export const permissions = defineModule<z.output<typeof options>, Permissions>({
  name: 'permissions',
  needs: ['muc'],
  options,
  load(context, { moderators, more, participants }) {
    const muc = context.module<Muc>('muc');
    const usual: Features = new Map(Object.entries({ ...moderators, ...more }));
    const ofAnybody: Features = new Map(Object.entries(participants));
    /** By bare JID: of those who were made moderators by somebody with a list of features. */
    const granted = new WeakMap<Room, Map<string, Features>>();

    const known = (room: Room, occupant: Occupant): Features =>
      featuresByToken(occupant) ?? (occupant.role === 'moderator' ? ofModerator(room, occupant) : ofAnybody);

    const ofModerator = (room: Room, occupant: Occupant): Features =>
      granted.get(room)?.get(occupant.person.toString()) ?? usual;

    context.onUnload(
      muc.hooks.on('attributed', ({ room, occupant, stanza }) => {
        if (!isSelfPresence(stanza) || muc.isAdmin(occupant.person)) return;
        if (featuresByToken(occupant) !== undefined) return;
        const features = known(room, occupant);
        if (features.size > 0) stanza.append(encode(features));
      }),
    );
    context.onUnload(
      muc.hooks.on('affiliation-changing', ({ room, person, after, actor }) => {
        const grants = granted.get(room) ?? new Map<string, Features>();
        granted.set(room, grants);
        grants.delete(person.toString());
        if (after !== 'owner' || actor === undefined || muc.isAdmin(actor.person)) return;
        const features = featuresByToken(actor) ?? grants.get(actor.person.toString());
        if (features !== undefined) grants.set(person.toString(), features);
      }),
    );

    return {
      of: known,
      allow: (room, occupant, feature, otherwise = 'moderators') => {
        const features = known(room, occupant);
        const said = features.get(feature);
        return said ?? (features === usual && otherwise === 'moderators');
      },
    };
  },
});

/** Whether a presence tells an occupant of itself (status 110). */
function isSelfPresence(stanza: Element): boolean {
  if (stanza.name !== 'presence') return false;
  const statuses = stanza.getChild('x', NS.mucUser)?.getChildren('status') ?? [];
  return statuses.some((status) => attribute(status, 'code') === '110');
}

function encode(features: Features): Element {
  return el(
    'permissions',
    { xmlns: NS.jitmeet },
    [...features].map(([name, val]) => el('p', { name, val })),
  );
}
