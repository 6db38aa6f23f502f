/** All conferences of the focus by room; whether there is one here is what "the conference exists" means. */
import { type Jibri, type StanzaError, stanzaError } from '@conclave/signaling';
import type { Bridge } from '../bridges/bridge.js';
import type { BridgeListener } from '../bridges/bridge-table.js';
import type { ConferenceHall, ConferenceWishes, Placed } from '../request/conference-request.js';
import type { PlacementRequest } from '../visitors/placement.js';
import { Conference, type ConferenceContext } from './conference.js';
import type { RunningConference } from './journal.js';
import type { ConferenceOrigin } from './part.js';

export type ConferencesContext = Omit<
  ConferenceContext,
  'claimMeeting' | 'onStopped' | 'onChanged' | 'hasBreakouts' | 'visitors'
> & {
  readonly visitors: Omit<ConferenceContext['visitors'], 'countAt'>;
  /** The conference of that room is over. */
  readonly onEnded: (room: string) => void;
  /** What `running` tells has changed. */
  readonly onRunningChanged: () => Promise<void>;
};

export class Conferences implements ConferenceHall, BridgeListener {
  readonly #context: ConferencesContext;
  readonly #byRoom = new Map<string, Conference>();
  readonly #meetings = new Map<string, Conference>();
  constructor(context: ConferencesContext) {
    this.#context = context;
  }

  get size(): number {
    return this.#byRoom.size;
  }

  /** Participants of all conferences. */
  get participantCount(): number {
    return [...this.#byRoom.values()].reduce((sum, conference) => sum + conference.participantCount, 0);
  }

  all(): Conference[] {
    return [...this.#byRoom.values()];
  }

  /** Endpoints on a bridge. */
  endpointsOn(bridge: Bridge): number {
    return this.all().reduce((sum, conference) => sum + endpointsOf(conference, bridge), 0);
  }

  /** Invites participants of a bridge anew, at most so many, those of its largest conferences first. */
  moveFrom(bridge: Bridge, count: number): { movedEndpoints: number; conferences: number } {
    const largestFirst = this.all().sort((a, b) => endpointsOf(b, bridge) - endpointsOf(a, bridge));
    let movedEndpoints = 0;
    let conferences = 0;
    for (const conference of largestFirst) {
      const moved = conference.ask(({ media }) => media.moveFrom(bridge, count - movedEndpoints), 0);
      if (moved === 0) break;
      movedEndpoints += moved;
      conferences += 1;
    }
    return { movedEndpoints, conferences };
  }

  has(room: string): boolean {
    return this.#byRoom.has(room) || this.#hasBreakouts(room);
  }

  #hasBreakouts(room: string): boolean {
    return [...this.#byRoom.values()].some(({ mainRoom }) => mainRoom === room);
  }

  get(room: string): Conference | undefined {
    return this.#byRoom.get(room);
  }

  enter(room: string, opener: string, wishes: ConferenceWishes): Promise<StanzaError | undefined> {
    const existing = this.#byRoom.get(room);
    existing?.tell(({ occupancy }) => occupancy.requested());
    if (existing) return existing.ready;
    const { maxConferences, maxUnattendedPerUser } = this.#context.settings;
    if (this.#byRoom.size >= maxConferences || this.#unattendedOf(opener) >= maxUnattendedPerUser) {
      return Promise.resolve(stanzaError('resource-constraint', 'too many conferences'));
    }
    return this.#open(room, { opener, wishes });
  }

  /** What runs, for a focus that takes it over. */
  running(): RunningConference[] {
    return this.all().map((conference) => {
      const { room, origin, sessions } = conference;
      const { opener, wishes, formerNodes = [] } = origin;
      const nodes = conference.ask(({ visitors }) => [...visitors.nodes], [...formerNodes]);
      return {
        room,
        opener,
        wishes,
        sessions: Object.fromEntries(sessions),
        ...(nodes.length > 0 && { nodes }),
      };
    });
  }

  /** Goes on with conferences that a focus has left behind, as far as their rooms are still there. */
  takeOver(left: readonly RunningConference[]): void {
    for (const { room, opener, wishes, sessions, nodes = [] } of left) {
      if (this.#byRoom.has(room)) continue;
      const formerSessions = new Map(Object.entries(sessions));
      void this.#open(room, { opener, wishes, formerSessions, formerNodes: nodes });
    }
  }

  async place(room: string, request: PlacementRequest): Promise<Placed> {
    const placed = this.#byRoom.get(room)?.ask(({ visitors }) => visitors.place(request), undefined);
    return (await placed) ?? 'take part';
  }

  isOpener(room: string, opener: string): boolean {
    return this.#byRoom.get(room)?.origin.opener === opener;
  }

  get hasVisitors(): boolean {
    const { settings, component } = this.#context.visitors;
    return settings.enabled && component() !== undefined;
  }

  /** People who look on, in all conferences or those at a node. */
  visitorCount(node?: string): number {
    return this.all().reduce((sum, conference) => sum + visitorsOf(conference, node), 0);
  }

  /** The conference whose visitors are in a room of a node. */
  ofVisitorRoom(jid: string): Conference | undefined {
    return this.all().find((conference) => conference.ask(({ visitors }) => visitors.isIn(jid), false));
  }

  authenticated(room: string, fullJid: string): void {
    this.#byRoom.get(room)?.tell(({ ownership }) => ownership.authenticated(fullJid));
  }

  bridgeAvailable(): void {
    for (const conference of this.#byRoom.values()) conference.tell(({ media }) => media.bridgeAvailable());
  }

  bridgeLost(bridge: Bridge): void {
    for (const conference of this.#byRoom.values()) conference.tell(({ media }) => media.bridgeLost(bridge));
  }

  /** A recorder reports how it goes; answers whether a conference knows of what. */
  recorderReports(recorder: string, report: Jibri): boolean {
    return this.all().some((conference) =>
      conference.ask(({ recordings }) => recordings.report(recorder, report), false),
    );
  }

  recorderGone(recorder: string): void {
    for (const conference of this.#byRoom.values()) {
      conference.tell(({ recordings }) => recordings.recorderGone(recorder));
    }
  }

  stopAll(reason: string): void {
    for (const conference of [...this.#byRoom.values()]) conference.stop(reason);
  }

  #open(room: string, origin: ConferenceOrigin): Promise<StanzaError | undefined> {
    const conference = new Conference(room, origin, {
      ...this.#context,
      visitors: { ...this.#context.visitors, countAt: (node) => this.visitorCount(node) },
      claimMeeting: (meetingId, claimant) => this.#claimMeeting(meetingId, claimant),
      onStopped: (stopped) => this.#forget(stopped),
      hasBreakouts: () => this.#hasBreakouts(room),
      onChanged: this.#context.onRunningChanged,
    });
    this.#byRoom.set(room, conference);
    this.#context.tally.add('conferences_created');
    void this.#context.onRunningChanged();
    return conference.ready;
  }

  /** Conferences that a user has opened and nobody is in. */
  #unattendedOf(opener: string): number {
    const all = [...this.#byRoom.values()];
    return all.filter((conference) => conference.origin.opener === opener && conference.memberCount === 0)
      .length;
  }

  #claimMeeting(meetingId: string, claimant: Conference): boolean {
    if (this.#meetings.has(meetingId)) return false;
    this.#meetings.set(meetingId, claimant);
    return true;
  }

  #forget(stopped: Conference): void {
    if (this.#byRoom.get(stopped.room) === stopped) this.#byRoom.delete(stopped.room);
    for (const [meetingId, conference] of this.#meetings) {
      if (conference === stopped) this.#meetings.delete(meetingId);
    }
    if (stopped.mainRoom !== undefined) {
      this.#byRoom.get(stopped.mainRoom)?.tell(({ occupancy }) => occupancy.breakoutEnded());
    }
    this.#context.onEnded(stopped.room);
    void this.#context.onRunningChanged();
  }
}

const endpointsOf = (conference: Conference, bridge: Bridge): number =>
  conference.ask(({ media }) => media.endpointsOn(bridge), 0);

const visitorsOf = (conference: Conference, node: string | undefined): number =>
  conference.ask(({ visitors }) => (node === undefined ? visitors.count : visitors.countAt(node)), 0);
