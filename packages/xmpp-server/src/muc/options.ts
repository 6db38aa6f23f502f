/** Options of a room service. */
import { tryParseJid } from '@conclave/signaling';
import { z } from 'zod';
import { roomConfig } from './config.js';

const bareJid = z.string().refine((text) => tryParseJid(text)?.isBare === true, 'must be a bare JID');
const domain = z
  .string()
  .refine(
    (text) => tryParseJid(text)?.local === undefined && tryParseJid(text)?.isBare === true,
    'must be a domain',
  );
const domains = z.strictObject({ domains: z.array(domain) });
const count = z.int().positive();

export const mucOptions = z.strictObject({
  /** Name in service discovery. */
  name: z.string().default('Rooms'),
  /** Bare JIDs that own every room of the service, may create any and cannot be removed: the focus. */
  admins: z.array(bareJid).default([]),
  /** Who besides the admins may create rooms; of the domains named only those who have an account. */
  creation: z.union([z.literal('anyone'), domains]).default({ domains: [] }),
  /** Hosts of this server whose accounts lose what they are in rooms when they are removed. */
  accountsOf: z.array(domain).default([]),
  /** Whether nobody else enters a new room before its owner has configured it, or accepted it as it is (XEP-0045 s.10.1). */
  locking: z.boolean().default(false),
  /** Who may make rooms persistent: their owners, the admins among them, or nobody, so that nothing of a room outlives it. */
  persistence: z.enum(['owners', 'admins', 'nobody']).default('nobody'),
  /** Whether rooms may also be at the domains of tenants of the host. */
  tenants: z.boolean().default(false),
  /** Nicknames that only one person may take, by nickname. */
  reservedNicks: z.record(z.string(), bareJid).default({}),
  /** What a new room starts with; `whois` is `anyone` unless it is said otherwise. */
  rooms: z
    .strictObject({ ...roomConfig.shape, whois: roomConfig.shape.whois.unwrap().default('anyone') })
    .prefault({}),
  limits: z
    .strictObject({
      rooms: count.default(10_000),
      /** Persistent rooms, and those of them that one person may have made. */
      persistentRooms: count.default(10_000),
      persistentRoomsPerPerson: count.default(50),
      /** Persistent rooms with nobody in them that are kept at hand, history and all. */
      idleRooms: count.default(1000),
      occupants: count.default(1000),
      sessionsPerNick: count.default(5),
      /** Rooms that one session may be in at a time; admins are exempt. */
      roomsPerSession: count.default(50),
      /** Entries in a room's affiliation lists. */
      affiliations: count.default(2000),
      /** Characters of XML of an occupant's presence. */
      presenceSize: count.default(32_768),
      /** Characters. */
      nickLength: count.default(128),
      /** Characters. */
      subjectLength: count.default(1024),
      /** Characters of XML of a room's vCard, and with it of its avatar. */
      vcardSize: count.default(65_536),
      /** Messages of history a room. */
      historyMessages: z.int().nonnegative().default(100),
      /** Characters of XML of history a room. */
      historySize: count.default(262_144),
      /** Presences, messages and entrances of one person that go to a whole room. */
      broadcasts: z
        .strictObject({ perSecond: z.number().positive().default(20), burst: count.default(100) })
        .prefault({}),
      /** Requests to be made a member of a room that wait for an answer. */
      registrationRequests: count.default(100),
      /** Invitees of one message. */
      invitations: count.default(20),
    })
    .prefault({}),
});

export type MucOptions = z.output<typeof mucOptions>;
