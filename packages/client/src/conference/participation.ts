/** Ourselves in the room, under one nickname: that we are in it, the media that the focus invites us to, and what our presence says. */
import {
  type BridgeMessage,
  type Element,
  NS,
  type StanzaError,
  attribute,
  stanzaError,
} from '@conclave/signaling';
import { Invitations } from '../jingle/invitations.js';
import type { RemoteTrack } from '../jingle/media-session.js';
import type { Log } from '../log.js';
import { type DeviceKind, isMuted, trackOf } from '../media/local-media.js';
import type { JoinOptions } from './join-options.js';
import { isFocus } from './occupant.js';
import { presenceExtensions } from './own-presence.js';
import type { PlaceConnection } from './place-connection.js';
import { Room, type JoinOutcome } from './room.js';
import { participantsOf, selfOf, visitorsOf } from './state.js';
import type { ConferenceView } from './view.js';
import type { Whereabouts } from './whereabouts.js';

export interface ParticipationContext {
  readonly connection: PlaceConnection;
  readonly whereabouts: Whereabouts;
  readonly media: JoinOptions['media'];
  readonly view: ConferenceView;
  readonly log: Log;
  /** Bare JID of the focus, once it has opened the conference. */
  readonly focusJid: () => string | undefined;
  /** Since when our hand is raised, in milliseconds since the epoch. */
  readonly handRaisedAt: () => number | undefined;
}

const mediaTypes = ['audio', 'video'] as const;
const deviceKinds = { audio: 'microphone', video: 'camera' } as const satisfies Record<string, DeviceKind>;

export class Participation {
  readonly room: Room;
  private readonly invitations: Invitations;
  private tracks: readonly RemoteTrack[] = [];

  constructor(
    private readonly context: ParticipationContext,
    nick: string,
  ) {
    const { connection, whereabouts, media, view, log } = context;
    this.room = new Room(connection.xmpp, whereabouts.place.room, nick);
    this.invitations = new Invitations({
      connection: connection.xmpp,
      focus: `${this.room.jid}/focus`,
      endpoint: nick,
      createPeerConnection: media?.createPeerConnection,
      videoCodecs: media?.videoCodecs,
      receiveOnly: whereabouts.atNode,
      iceServers: () => connection.iceServers(),
      tracks: () => ({ audio: this.localTrack('audio'), video: this.localTrack('video') }),
      log,
      events: {
        remoteTracks: (tracks) => {
          this.tracks = tracks;
          this.refresh();
        },
        mediaState: (state) => view.patch({ media: state }),
        startMuted: (medium) => this.mute(medium),
        bridgeMessage: (message) => this.hear(message),
      },
    });
  }

  join(password: string | undefined): Promise<JoinOutcome> {
    return this.room.join(password, this.presence());
  }

  /** Tells the room what has changed about us. */
  announce(): void {
    this.room.update(this.presence());
  }

  /** Other devices are in use, or muted otherwise. */
  devicesChanged(): void {
    if (this.context.view.state.visit) return;
    for (const medium of mediaTypes) this.invitations.setTrack(medium, this.localTrack(medium));
    this.announce();
  }

  /** Lets the state show who is in the room. */
  refresh(): void {
    const { view, focusJid } = this.context;
    const { occupants } = this.room;
    const { self } = view.state;
    view.patch({
      self: selfOf(self, occupants),
      participants: participantsOf(occupants, self.id, focusJid(), this.tracks),
      visitors: visitorsOf(occupants, focusJid()),
    });
  }

  /** Somebody has left. */
  occupantLeft(): void {
    this.invitations.keepOwners(new Set(this.room.occupants.keys()));
  }

  /** Answers what the focus wants: Jingle, and that we mute ourselves. Nobody else may want anything. */
  answer(iq: Element): StanzaError | undefined {
    if (attribute(iq, 'type') !== 'set' || !this.isFromFocus(iq)) return stanzaError('service-unavailable');
    for (const medium of mediaTypes) {
      const mute = iq.getChild('mute', `${NS.jitmeet}/${medium}`);
      if (!mute) continue;
      if (mute.getText() === 'true') this.mute(medium);
      return undefined;
    }
    return this.invitations.receive(iq);
  }

  /** Ends the media. */
  endMedia(): void {
    this.invitations.end();
  }

  /** Leaves the room, if we are in it. */
  leave(): void {
    if (this.room.joined) this.room.leave();
  }

  private isFromFocus(iq: Element): boolean {
    const focus = this.room.occupants.get('focus');
    return (
      focus !== undefined &&
      attribute(iq, 'from') === `${this.room.jid}/focus` &&
      isFocus(focus, this.context.focusJid())
    );
  }

  private mute(medium: 'audio' | 'video'): void {
    void this.context.media?.local.setMuted(deviceKinds[medium], true);
  }

  private hear(message: BridgeMessage): void {
    if (message.colibriClass !== 'DominantSpeakerEndpointChangeEvent') return;
    this.context.view.patch({ dominantSpeaker: message.dominantSpeakerEndpoint });
  }

  private localTrack(medium: 'audio' | 'video'): MediaStreamTrack | undefined {
    const { media, view } = this.context;
    const local = view.state.visit ? undefined : media?.local.state.value;
    return local && trackOf(local[deviceKinds[medium]]);
  }

  private presence(): Element[] {
    const { media, view, handRaisedAt } = this.context;
    const local = media?.local.state.value;
    const { self, visit } = view.state;
    const sources = {
      audioMuted: !local || isMuted(local.microphone),
      videoMuted: !local || isMuted(local.camera),
    };
    return presenceExtensions({
      nick: self.id,
      displayName: self.displayName,
      handRaisedAt: handRaisedAt(),
      sources: visit ? undefined : sources,
    });
  }
}
