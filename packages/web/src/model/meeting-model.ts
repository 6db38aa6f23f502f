/**
 * The meeting as the page shows it: the devices before and during it, the conference once one joins, the open panel, what is
 * unread and what is announced. No DOM in here.
 */
import {
  Cell,
  type Conference,
  type ConferenceState,
  type DeviceKind,
  type JoinOptions,
  type LocalMedia,
  type LocalMediaState,
  type Observable,
  type Unsubscribe,
  isFinal,
  isMuted,
} from '@conclave/client';
import { type Announcement, announcements, newMessages } from './announcements.js';
import type { ShortcutAction } from './shortcuts.js';

export type Panel = 'none' | 'chat' | 'participants';

export interface MeetingState {
  readonly devices: LocalMediaState;
  /** Undefined until one joins. */
  readonly conference: ConferenceState | undefined;
  /** Somebody looks on, or did before being let in. */
  readonly hasVisitors: boolean;
  readonly panel: Panel;
  readonly helpOpen: boolean;
  readonly unread: number;
  readonly announcement: Announcement | undefined;
}

export interface MeetingOptions {
  readonly room: string;
  readonly local: LocalMedia;
  /** Joins; what the model does not know is filled in. */
  readonly join: (options: Pick<JoinOptions, 'room' | 'displayName'>) => Conference;
}

export class MeetingModel {
  readonly room: string;
  private readonly cell: Cell<MeetingState>;
  private readonly local: LocalMedia;
  private readonly stopDevices: Unsubscribe;
  private stopConference: Unsubscribe | undefined;
  private current: Conference | undefined;
  private displayName = '';
  /** What others heard and saw of us when the conference ended. */
  private inUse: readonly DeviceKind[] = [];

  constructor(private readonly options: MeetingOptions) {
    this.room = options.room;
    this.local = options.local;
    this.cell = new Cell<MeetingState>({
      devices: options.local.state.value,
      conference: undefined,
      hasVisitors: false,
      panel: 'none',
      helpOpen: false,
      unread: 0,
      announcement: undefined,
    });
    this.stopDevices = this.local.state.subscribe(() => this.patch({ devices: this.local.state.value }));
  }

  get state(): Observable<MeetingState> {
    return this.cell;
  }

  /** What can be done in the conference; undefined before joining. */
  get conference(): Conference | undefined {
    return this.current;
  }

  /** Opens microphone and camera, as far as they are closed. */
  async openDevices(): Promise<void> {
    const { microphone, camera } = this.local.state.value;
    const closed: DeviceKind[] = [];
    if (microphone.kind === 'off') closed.push('microphone');
    if (camera.kind === 'off') closed.push('camera');
    if (closed.length > 0) await this.local.open(...closed);
  }

  join(displayName: string): void {
    this.displayName = displayName;
    this.stopConference?.();
    const conference = this.options.join({ room: this.room, displayName });
    this.current = conference;
    this.patch({
      conference: conference.state.value,
      hasVisitors: false,
      panel: 'none',
      unread: 0,
      announcement: undefined,
    });
    this.stopConference = conference.state.subscribe(() => this.conferenceChanged(conference.state.value));
  }

  /** Once more, after it ended, with the same name; what was muted stays so. */
  async rejoin(): Promise<void> {
    this.join(this.displayName);
    if (this.inUse.length > 0) await this.local.open(...this.inUse);
  }

  async leave(): Promise<void> {
    await this.current?.leave();
  }

  /** Who only looks on needs no devices. */
  async toggleDevice(kind: DeviceKind): Promise<void> {
    if (this.cell.value.conference?.visit) return;
    await this.local.setMuted(kind, !isMuted(this.local.state.value[kind]));
  }

  /** Opens the panel, or closes it if it is open. */
  togglePanel(panel: Exclude<Panel, 'none'>): void {
    const next = this.cell.value.panel === panel ? 'none' : panel;
    this.patch({ panel: next, ...(next === 'chat' && { unread: 0 }) });
  }

  showHelp(helpOpen: boolean): void {
    this.patch({ helpOpen });
  }

  act(action: ShortcutAction): void {
    switch (action) {
      case 'microphone':
      case 'camera':
        void this.toggleDevice(action);
        break;
      case 'chat':
      case 'participants':
        this.togglePanel(action);
        break;
      case 'help':
        this.showHelp(!this.cell.value.helpOpen);
    }
  }

  /** Leaves, and releases the devices. */
  async dispose(): Promise<void> {
    this.stopDevices();
    this.stopConference?.();
    this.local.close();
    await this.leave();
  }

  private conferenceChanged(after: ConferenceState): void {
    const { conference: before, unread, panel, announcement, hasVisitors } = this.cell.value;
    const unseen = panel === 'chat' ? 0 : unread + newMessages(before, after);
    const latest = announcements(before, after).at(-1) ?? announcement;
    this.patch({
      conference: after,
      hasVisitors: hasVisitors || after.visitors > 0,
      unread: unseen,
      announcement: latest,
    });
    // Nothing is opened again by itself when a visitor takes part: nobody is heard unawares.
    if (after.visit && !before?.visit) this.local.close();
    // The conference's state goes on changing a little after its end.
    if (!isFinal(after.status) || (before && isFinal(before.status))) return;
    const { microphone, camera } = this.local.state.value;
    this.inUse = [
      ...(isMuted(microphone) ? [] : (['microphone'] as const)),
      ...(isMuted(camera) ? [] : (['camera'] as const)),
    ];
    this.local.close();
  }

  private patch(change: Partial<MeetingState>): void {
    this.cell.update((state) => ({ ...state, ...change }));
  }
}
