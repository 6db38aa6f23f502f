/** Whatever people do in a room, and in whatever order, what must hold of rooms holds, and nothing throws. */
import { affiliations, parseMucUser, roles } from '@conclave/signaling';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Actor, Stage } from './testing/stage.js';
import { administers, configures, room, verona } from './testing/verona.js';

const people = [
  'romeo@verona.lit/orchard',
  'romeo@verona.lit/phone',
  'juliet@verona.lit/balcony',
  'nurse@verona.lit/hall',
  'focus@auth.verona.lit/focus',
];
const nicks = ['romeo', 'juliet', 'nurse', 'focus', ' ', 'a\u202eb'];
const bares = ['romeo@verona.lit', 'juliet@verona.lit', 'nurse@verona.lit', 'focus@auth.verona.lit'];

interface Act {
  readonly who: number;
  readonly perform: (actor: Actor) => void;
  /** A wish to enter: it is answered by one self-presence, or one error. */
  readonly entering?: true;
  /** Changes affiliations: it must not take the last owner away. */
  readonly granting?: true;
}

const nick = fc.constantFrom(...nicks);
const enter = nick.map((to) => ({
  entering: true as const,
  perform: (actor: Actor) =>
    actor.sends(`<presence to='${room}/${to}'><x xmlns='http://jabber.org/protocol/muc'/></presence>`),
}));

const action: fc.Arbitrary<Omit<Act, 'who'>> = fc.oneof(
  { arbitrary: enter, weight: 5 },
  nick.map((to) => ({ perform: (actor: Actor) => actor.sends(`<presence to='${room}/${to}'/>`) })),
  fc.constant({ perform: (actor: Actor) => actor.leaves(room) }),
  fc.constantFrom('groupchat', 'chat', 'normal').map((type) => ({
    perform: (actor: Actor) =>
      actor.sends(`<message type='${type}' to='${room}'><body>Hark</body></message>`),
  })),
  fc.tuple(nick, fc.constantFrom('message', 'iq')).map(([to, name]) => ({
    perform: (actor: Actor) =>
      actor.sends(
        `<${name} type='${name === 'iq' ? 'get' : 'chat'}' id='1' to='${room}/${to}'><ping xmlns='urn:xmpp:ping'/></${name}>`,
      ),
  })),
  fc.constantFrom('recipient-unavailable', 'not-acceptable').map((condition) => ({
    perform: (actor: Actor) =>
      actor.sends(
        `<message type='error' to='${room}/romeo'><error type='cancel'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`,
      ),
  })),
  fc
    .array(fc.tuple(fc.constantFrom(...bares), fc.constantFrom(...affiliations)), {
      minLength: 1,
      maxLength: 3,
    })
    .map((items) => ({
      granting: true as const,
      perform: (actor: Actor) =>
        administers(
          actor,
          ...items.map(([jid, affiliation]) => `<item jid='${jid}' affiliation='${affiliation}'/>`),
        ),
    })),
  fc.tuple(nick, fc.constantFrom(...roles)).map(([target, role]) => ({
    perform: (actor: Actor) => administers(actor, `<item nick='${target}' role='${role}'/>`),
  })),
  fc
    .constantFrom(
      ['membersonly', '1'],
      ['membersonly', '0'],
      ['whois', 'moderators'],
      ['whois', 'anyone'],
      ['moderatedroom', '1'],
      ['historylength', '0'],
    )
    .map(([name, value]) => ({
      perform: (actor: Actor) => configures(actor, { [`muc#roomconfig_${name}`]: value }),
    })),
  fc.constant({
    perform: (actor: Actor) =>
      actor.sends(
        `<iq type='set' id='d' to='${room}'><query xmlns='http://jabber.org/protocol/muc#owner'><destroy/></query></iq>`,
      ),
  }),
);

const script: fc.Arbitrary<Act[]> = fc.array(
  fc.tuple(fc.nat(people.length - 1), action).map(([who, act]) => ({ who, ...act })),
  { maxLength: 40, size: 'max' },
);

function selfPresences(actor: Actor): number {
  return actor.inbox.filter(
    (stanza) =>
      stanza.name === 'presence' &&
      stanza.attrs['type'] === undefined &&
      parseMucUser(stanza)?.statusCodes.has(110) === true,
  ).length;
}

function errors(actor: Actor): number {
  return actor.inbox.filter((stanza) => stanza.attrs['type'] === 'error').length;
}

function check(service: ReturnType<typeof verona>['service']): void {
  for (const live of service.rooms.values()) {
    expect(live.state).toBe('live');
    expect(live.occupantCount).toBeGreaterThan(0);
    const seats = [...live.sessions()].map(({ jid }) => jid.toString());
    expect(new Set(seats).size).toBe(seats.length);
    for (const occupant of live.occupants) {
      expect(occupant.role).not.toBe('none');
      expect(occupant.affiliation).toBe(live.affiliation(occupant.person));
      expect(occupant.affiliation).not.toBe('outcast');
      if (live.config.membersOnly) expect(occupant.affiliation).not.toBe('none');
      for (const session of occupant.sessions) {
        expect(session.jid.bare.toString()).toBe(occupant.person.toString());
        expect(live.seat(session.jid)?.occupant).toBe(occupant);
      }
    }
  }
}

/** All are in the room to begin with; the first has made it. */
function cast(stage: Stage): Actor[] {
  const actors = people.map((jid) => stage.actor(jid));
  for (const actor of actors) actor.joins(room, actor.jid.local ?? '');
  return actors;
}

it('holds', { timeout: 30_000 }, () => {
  fc.assert(
    fc.property(script, (acts) => {
      const { stage, service } = verona({
        admins: ['focus@auth.verona.lit'],
        reservedNicks: { focus: 'focus@auth.verona.lit' },
      });
      const actors = cast(stage);
      const hasOwner = () => [...service.rooms.values()].some((live) => live.owners().size > 0);
      for (const { who, perform, entering, granting } of acts) {
        const actor = actors[who]!;
        const owned = hasOwner();
        stage.everybodyIgnoresAll();
        perform(actor);
        if (entering) expect(selfPresences(actor) + errors(actor)).toBe(1);
        if (granting && owned && service.rooms.size > 0) expect(hasOwner()).toBe(true);
        check(service);
      }
      for (const actor of actors) actor.leaves(room);
      expect(service.rooms.size).toBe(0);
    }),
    { numRuns: 150 },
  );
});
