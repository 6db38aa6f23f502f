/**
 * Visitors (Jitsi's component `visitors`): people who only look at a large meeting, on nodes beside its server. The focus connects nodes;
 * from then on whoever enters the meeting itself needs leave: of a moderator, who is asked by a raised hand, or of the operator.
 */
import { attribute, el, makeJid, type Element, type StanzaError, stanzaError } from '@conclave/signaling';
import { z } from 'zod';
import type { TokenIdentity } from '../accounts/token/identity.js';
import { defineModule } from '../host/module.js';
import { admissionPriority } from '../muc/events.js';
import type { Muc, Room } from '../muc/index.js';
import type { Occupant } from '../muc/occupant.js';
import { compareAffiliations } from '../muc/ranks.js';
import { Component, componentOptions } from './component.js';
import { envelopeOf, jsonOf } from './json-message.js';
import type { MeetingId } from './meeting-id.js';
import type { RoomMetadata } from './room-metadata.js';
import { VisitorNodes } from './visitor-nodes.js';
import { VisitorPromotions } from './visitor-promotions.js';
import { answerVisitorsIqs, decodePromotionRequest, visitorsNamespace } from './visitors-wire.js';

const options = z.strictObject({
  ...componentOptions,
  /** Nodes by the name that the focus and clients know them by. */
  nodes: z.record(z.string(), z.strictObject({ host: z.string(), rooms: z.string() })).default({}),
  /** Whether whoever raises a hand takes part at once. */
  autoPromote: z.boolean().default(false),
  /** Domains of the service's own clients, recorders: they need no leave, and visitors do not see them. */
  exempt: z.array(z.string()).default([]),
  limits: z
    .strictObject({
      /** Nodes of one meeting. */
      nodes: z.int().positive().default(16),
      /** Visitors of one meeting who wait for leave, and those who have it. */
      requests: z.int().positive().default(500),
    })
    .prefault({}),
});

/** Before what only the server says in JSON is refused to others. */
const beforeJudgement = 60;
/** Characters of JSON of a moderator's answer. */
const answerLength = 65_536;
const id = z.string().min(1).max(1024);
const answer = z.discriminatedUnion('action', [
  z.object({
    action: z.literal('promotion-response'),
    approved: z.boolean(),
    id: id.optional(),
    ids: z.array(id).max(500).optional(),
  }),
  z.object({ action: z.literal('demote-request'), id, actor: id }),
]);

const listed = z.array(z.string()).catch([]);
/** What moderators say of visitors in the metadata; the rest is the server's. */
const ofModerators = z.object({ live: z.boolean().optional(), autoPromote: z.boolean().optional() });
const ofMetadata = z.object({ autoPromote: z.boolean().optional() }).catch({});

/** What the module offers to others: which nodes have visitors of a room. */
export type Visits = Pick<VisitorNodes, 'of' | 'byHost'>;

export const visitors = defineModule<z.output<typeof options>, Visits>({
  name: 'visitors',
  needs: ['muc', 'room-metadata', 'meeting-id'],
  permanent: true,
  options,
  load(context, settings) {
    const { host } = context;
    const muc = context.module<Muc>('muc');
    const metadata = context.module<RoomMetadata>('room-metadata');
    const meetingId = context.module<MeetingId>('meeting-id');
    const component = new Component(context, 'visitors', settings);
    const main = context.neighbour(settings.announcedBy).host;
    const exempt = new Set(settings.exempt);
    const belongs = ({ person }: Occupant): boolean => muc.isAdmin(person) || exempt.has(person.domain);

    const nodes = new VisitorNodes({
      muc,
      main,
      host,
      nodes: settings.nodes,
      isShown: (occupant) => !belongs(occupant),
      stateOf: (room) => ({
        password: room.config.password,
        lobby: room.config.membersOnly,
        meetingId: meetingId(room),
        createdAt: String(room.createdAt),
        moderators: [...room.occupants].flatMap((each) =>
          each.role === 'moderator' && !belongs(each) ? [each.nick] : [],
        ),
        metadata: JSON.stringify(metadata.all(room)),
      }),
    });
    const promotions = new VisitorPromotions({
      component,
      muc,
      limit: settings.limits.requests,
      promotesAll: (room) =>
        settings.autoPromote || ofMetadata.parse(metadata.get(room, 'visitors') ?? {}).autoPromote === true,
    });

    /** Whether the room says that this user, or the group, takes part. */
    const isListed = (room: Room, identity: TokenIdentity | undefined): boolean => {
      const ids = [identity?.user?.['id'], identity?.group].filter((each) => typeof each === 'string');
      return ['moderators', 'participants'].some((key) =>
        listed.parse(metadata.get(room, key) ?? []).some((each) => ids.includes(each)),
      );
    };

    const mark = (room: Room, nick: string, promoted: boolean): void => {
      const before = z.record(z.string(), z.unknown()).catch({}).parse(metadata.get(room, 'visitors'));
      const marked = z.record(z.string(), z.unknown()).catch({}).parse(before['promoted']);
      if (nick in marked === promoted) return;
      const others = Object.fromEntries(Object.entries(marked).filter(([each]) => each !== nick));
      metadata.set(room, 'visitors', {
        ...before,
        promoted: promoted ? { ...others, [nick]: true } : others,
      });
    };

    /** What the focus, or a node, says to the component. */
    context.onUnload(
      answerVisitorsIqs(component.host, async ({ from }, { room: address, element, type }) => {
        const room = [...muc.rooms.values()].find(({ jid }) => jid.toString() === address);
        if (room === undefined) return stanzaError('item-not-found');
        // A node's room has the name alone, which several tenants may have.
        if (muc.names.tenantOf(room.jid.domain) !== undefined) return stanzaError('not-allowed');
        if (type === 'get') return muc.isAdmin(from.bare) ? ordered(room, element) : stanzaError('forbidden');
        const node = from.isBare && from.local === undefined ? nodes.byHost(room, from.domain) : undefined;
        if (node === undefined) return stanzaError('forbidden');
        const asked = element.getChild('promotion-request');
        const name = element.getChildren('nick')[0]?.getText();
        const request = asked && decodePromotionRequest(asked, name);
        if (request === undefined) return stanzaError('bad-request');
        // A node speaks of its own visitors.
        if (!request.visitor.startsWith(`${makeJid(room.jid.local, node.rooms).toString()}/`)) {
          return stanzaError('forbidden');
        }
        return promotions.requested(room, node, request);
      }),
    );

    const ordered = async (room: Room, element: Element): Promise<StanzaError | undefined> => {
      for (const order of element.getChildren('connect-vnode')) {
        if (nodes.of(room).size >= settings.limits.nodes) return stanzaError('resource-constraint');
        const refused = await nodes.connect(room, attribute(order, 'vnode') ?? '');
        if (refused !== undefined) return refused;
      }
      for (const order of element.getChildren('disconnect-vnode')) {
        const vnode = attribute(order, 'vnode') ?? '';
        promotions.nodeGone(room, nodes.of(room).get(vnode));
        nodes.disconnect(room, vnode);
      }
      return undefined;
    };

    context.onUnload(nodes.watch());
    context.onUnload(
      muc.hooks.on(
        'admission',
        ({ room, from, nick, admin, origin, excused }) => {
          if (admin || exempt.has(from.domain)) return undefined;
          const promoted = promotions.admits(room, nick, origin?.conference?.leave);
          if (promoted) {
            excused.add('lobby').add('members-only').add('password');
            promotions.enters(room, nick, origin?.conference?.leave);
            return undefined;
          }
          const isFree = !nodes.has(room) || promotions.promotesAll(room);
          if (isFree || room.seat(from) !== undefined) return undefined;
          if (compareAffiliations(room.affiliation(from.bare), 'member') >= 0) return undefined;
          if (isListed(room, origin?.identity)) return undefined;
          return stanzaError(
            'not-allowed',
            undefined,
            el('promotion-not-allowed', { xmlns: visitorsNamespace }),
          );
        },
        admissionPriority('visitors'),
      ),
    );
    context.onUnload(
      muc.hooks.on('entered', ({ room, occupant }) => {
        if (promotions.isPromoted(room, occupant.nick)) mark(room, occupant.nick, true);
        if (occupant.role === 'moderator') promotions.tellPending(room, occupant);
      }),
    );
    context.onUnload(
      muc.hooks.on('left', ({ room, occupant }) => {
        if (room.occupant(occupant.nick) === undefined) mark(room, occupant.nick, false);
      }),
    );
    context.onUnload(
      muc.hooks.on('expelled', ({ room, occupant }) => promotions.revoke(room, occupant.nick)),
    );
    context.onUnload(
      muc.hooks.on('affiliation-changed', ({ room, person, before, after }) => {
        if (after !== 'owner' || before === after) return;
        for (const occupant of room.occupantsOf(person)) promotions.tellPending(room, occupant);
      }),
    );
    context.onUnload(
      muc.hooks.on(
        'groupchat',
        ({ room, occupant, stanza }) => {
          const envelope = envelopeOf(stanza);
          const json = envelope && nodes.has(room) ? jsonOf(envelope, answerLength) : undefined;
          if (json?.['type'] !== 'visitors') return undefined;
          const said = answer.safeParse(json).data;
          if (said === undefined) return stanzaError('bad-request');
          if (occupant.role !== 'moderator') return stanzaError('forbidden');
          if (said.action === 'demote-request') {
            if (said.actor !== occupant.nick) return stanzaError('bad-request');
            promotions.demote(room, said.id, stanza);
            return true;
          }
          promotions.answered(
            room,
            said.ids ?? (said.id === undefined ? [] : [said.id]),
            said.approved,
            stanza,
          );
          return true;
        },
        beforeJudgement,
      ),
    );
    context.onUnload(
      muc.hooks.on('metadata-requested', ({ room, occupant, key, data }) => {
        if (key !== 'visitors') return undefined;
        if (occupant.role !== 'moderator') return stanzaError('forbidden');
        const said = ofModerators.safeParse(data).data;
        if (said === undefined) return stanzaError('bad-request');
        const before = z.record(z.string(), z.unknown()).catch({}).parse(metadata.get(room, key));
        return { data: { ...before, ...said } };
      }),
    );
    const field = {
      var: 'muc#roominfo_visitorsEnabled',
      type: 'text-single',
      label: 'Visitors may come',
      read: () => '1',
    } as const;
    context.onUnload(muc.form.add(field));
    context.onUnload(
      muc.hooks.on('described', ({ fields }) => {
        const { read, ...rest } = field;
        fields.push({ ...rest, values: [read()] });
      }),
    );
    return nodes;
  },
});
