/** The settings of the focus, with safe defaults. All durations are milliseconds. */
import { z } from 'zod';
import { isConnectTemplate } from './conference/connect-url.js';
import { STRATEGY_NAMES } from './bridges/selection.js';

const duration = z.int().positive();
const count = z.int().positive();

const conferenceSettings = z.strictObject({
  /** Conferences at the same time. */
  maxConferences: count.default(2_000),
  /** Conferences that one user may have opened while nobody has come yet. */
  maxUnattendedPerUser: count.default(20),
  /** Longest room name, in octets of UTF-8. */
  maxRoomNameBytes: count.default(512),
  /** How long a conference waits for its first member. */
  initialTimeoutMs: duration.default(15_000),
  /** Members from which on they are invited to media. */
  minParticipants: count.default(2),
  /** How long the last participant keeps its session. */
  singleParticipantTimeoutMs: duration.default(20_000),
  maxSourcesPerParticipant: count.default(20),
  maxGroupsPerParticipant: count.default(20),
  /** Participants beyond these many start muted. */
  maxAudioSenders: count.default(999_999),
  maxVideoSenders: count.default(999_999),
  /** Whether receivers are told of simulcast the first layer only. */
  stripSimulcast: z.boolean().default(true),
  /** Whether bridges may rewrite SSRCs for clients that can have it, which spares those the sources of all others. */
  ssrcRewriting: z.boolean().default(false),
  /** Whether clients that can may send each piece of sound more than once (RED). */
  redundantAudio: z.boolean().default(false),
  /** Whether clients are to tell which layers of their video they mean to send (VLA). */
  layersAllocation: z.boolean().default(false),
  /** Whether clients may have new ICE credentials in place. Where a bridge has none for them they are invited anew. */
  iceRestart: z.boolean().default(true),
  /**
   * From how many participants on changes of sources wait for others to be told together, and how long in ms: `[size, delay]`
   * in rising order of size.
   */
  sourceSignalingDelays: z
    .array(z.tuple([count, z.int().nonnegative()]))
    .refine((steps) => steps.every(([size], i) => size > (steps[i - 1]?.[0] ?? 0)), 'sizes must rise')
    .default([
      [50, 500],
      [100, 1_000],
    ]),
  /** Whether the name of the document that people share can not be guessed from that of the room. */
  randomDocumentName: z.boolean().default(false),
  /** Without logins: whether the first member becomes owner of the room. */
  autoOwner: z.boolean().default(true),
  /** Restarts that one client may ask for. */
  restarts: z
    .strictObject({
      minIntervalMs: duration.default(5_000),
      maxRequests: count.default(5),
      intervalMs: duration.default(60_000),
    })
    .prefault({}),
  bridgeReplyTimeoutMs: duration.default(15_000),
});

const bridgeSettings = z.strictObject({
  /** Name of the room where bridges meet, on `internal.auth.D`. */
  brewery: z.string().default('jvbbrewery'),
  averageParticipantStress: z.number().positive().default(0.01),
  stressThreshold: z.number().positive().default(0.8),
  participantRampupMs: duration.default(20_000),
  failureResetMs: duration.default(60_000),
  silenceResetMs: duration.default(10_000),
  /** How a bridge is chosen for a participant; all but `single` want several in a conference where the relays allow it. */
  strategy: z.enum(STRATEGY_NAMES).default('single'),
  /** The same for visitors, who then have bridges of their own where relays allow it; without it they are on those of participants. */
  visitorStrategy: z.enum(STRATEGY_NAMES).optional(),
  /** Whether a conference may use several bridges that exchange media by relays. */
  relays: z.boolean().default(false),
  /** Whether bridges of different versions may serve one conference. */
  mixedVersions: z.boolean().default(false),
  regions: z
    .strictObject({
      /** Regions that are as good as each other. */
      groups: z.array(z.array(z.string().min(1)).min(1)).default([]),
      /** Where this focus is. */
      local: z.string().min(1).optional(),
    })
    .prefault({}),
  /** Participants of one conference on one bridge, beyond which another one is preferred. */
  maxParticipants: count.default(80),
  /** The same for those who came within the interval. */
  maxParticipantsPerInterval: count.default(999_999),
  participantsIntervalMs: duration.default(60_000),
  /** Participants are taken from a bridge that has too much to do. It needs relays and another strategy than `single`. */
  loadRedistribution: z
    .strictObject({
      enabled: z.boolean().default(false),
      intervalMs: duration.default(60_000),
      stressThreshold: z.number().positive().default(0.9),
      timeoutMs: duration.default(180_000),
      endpoints: count.default(10),
    })
    .prefault({}),
  /** A bridge that many participants want to restart on counts as overloaded for a while. */
  iceFailureDetection: z
    .strictObject({
      enabled: z.boolean().default(false),
      /** Restarts count for this long. */
      intervalMs: duration.default(120_000),
      /** With fewer endpoints a bridge is not judged. */
      minEndpoints: count.default(30),
      /** Share of its endpoints that is too many. */
      threshold: z.number().positive().max(1).default(0.1),
      timeoutMs: duration.default(600_000),
    })
    .prefault({}),
  /** A dead bridge is noticed, and its participants invited elsewhere, within interval + retry delay + 2 timeouts. */
  healthChecks: z
    .strictObject({
      intervalMs: duration.default(2_000),
      retryDelayMs: duration.default(250),
      timeoutMs: duration.default(2_000),
      usePresence: z.boolean().default(false),
      presenceTimeoutMs: duration.default(45_000),
    })
    .prefault({}),
});

const recordingSettings = z.strictObject({
  /** Name of the room where recorders meet, on `internal.auth.D`. */
  brewery: z.string().default('jibribrewery'),
  /** Further recorders that are asked when one fails. */
  retries: z.int().nonnegative().default(5),
  /** How long a recorder that has agreed may take to begin. */
  pendingTimeoutMs: duration.default(90_000),
  /** How long a recorder that failed is not asked again. */
  failureResetMs: duration.default(60_000),
  /** How long after a recorder was asked its presence may be from before. */
  selectionPauseMs: duration.default(200),
});

/** Services to which bridges connect: where they are, and what each is told. */
const connectSettings = z.strictObject({
  /** `ws:` or `wss:`, with `{{MEETING_ID}}` and `{{REGION}}` where these belong. Without it nothing connects. */
  urlTemplate: z.string().refine(isConnectTemplate, 'must be the URL of a WebSocket').optional(),
  /** Headers that open the connection. */
  headers: z.record(z.string().regex(/^[A-Za-z0-9-]{1,256}$/), z.string()).default({}),
  /** How often a bridge asks whether the service is there, and how long the answer may take. */
  ping: z
    .strictObject({
      enabled: z.boolean().default(true),
      intervalMs: duration.default(10_000),
      timeoutMs: duration.default(3_000),
    })
    .prefault({}),
});

const translationSettings = connectSettings.extend({
  /** A connect for each source on its own bridge, or one for all. */
  mode: z.enum(['per-source', 'single-bridge']).default('per-source'),
  maxLanguagesPerConnect: count.default(5),
});

const gatewaySettings = z.strictObject({
  /** Whether clients are told that people can be called. */
  enabled: z.boolean().default(false),
  /** Name of the room where SIP gateways and transcribers meet, on `internal.auth.D`. */
  brewery: z.string().default('jigasibrewery'),
});

const sessionSettings = z.strictObject({
  /** A login unused for longer than this is forgotten. */
  lifetimeMs: duration.default(24 * 60 * 60 * 1000),
  maxPerIdentity: count.default(20),
  maxTotal: count.default(10_000),
  /** Whether a login outlives the conference it was made for. */
  autoLogin: z.boolean().default(true),
});

const visitorSettings = z.strictObject({
  enabled: z.boolean().default(false),
  /** Nodes where visitors look on: by what name clients know each, and the service of its rooms. */
  nodes: z.array(z.strictObject({ name: z.string().min(1), service: z.string().min(1) })).default([]),
  /** People who take part in a conference before others look on. */
  maxParticipants: count.default(50),
  /** Visitors of one conference on one node. */
  maxVisitorsPerNode: count.default(500),
  /** Only rooms whose metadata say `visitorsEnabled` have visitors. */
  onlyWhereRoomsSaySo: z.boolean().default(false),
  /** Rooms may have visitors wait until they go live. */
  liveRooms: z.boolean().default(false),
  /** How often the number of visitors is told at most. */
  notificationIntervalMs: duration.default(15_000),
  /** How long somebody who was sent to a node may take to come. */
  joinLatencyMs: duration.default(60_000),
});

/** What the focus can be told besides where its XMPP server is. */
export const focusSettings = z.strictObject({
  /** The domain D: users at D, guests at guest.D, services at auth.D, rooms at conference.D. */
  domain: z.string().min(1),
  /** `xmpp`: only users of D open conferences; `jwt`: the same, where these come with tokens; `none`: everybody does. */
  authentication: z.enum(['xmpp', 'jwt', 'none']).default('xmpp'),
  conference: conferenceSettings.prefault({}),
  bridges: bridgeSettings.prefault({}),
  sessions: sessionSettings.prefault({}),
  recording: recordingSettings.prefault({}),
  gateways: gatewaySettings.prefault({}),
  transcription: connectSettings.prefault({}),
  translation: translationSettings.prefault({}),
  visitors: visitorSettings.prefault({}),
});

export type FocusSettings = z.output<typeof focusSettings>;
export type ConferenceSettings = FocusSettings['conference'];
export type ConnectSettings = Pick<FocusSettings, 'transcription' | 'translation'>;
export type VisitorSettings = FocusSettings['visitors'];
