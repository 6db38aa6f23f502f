/**
 * Jitsi's recorder protocol (`http://jitsi.org/protocol/jibri`): clients ask the focus to record or stream, the focus asks a
 * recorder, and recorders tell the brewery in presence whether they are free.
 */
import { type Element, attribute, booleanAttribute, el, oneOf, present } from './elements.js';
import { NS } from './namespaces.js';
import { SignalingError } from './signaling-error.js';

const actions = ['start', 'stop'] as const;
const statuses = ['on', 'off', 'pending'] as const;
const modes = ['file', 'stream'] as const;

export type RecordingStatus = (typeof statuses)[number];
export type RecordingMode = (typeof modes)[number];

/** `<jibri/>` in whichever direction; who says what depends on `action` (requests) and `status` (answers and reports). */
export interface Jibri {
  readonly action?: (typeof actions)[number];
  readonly status?: RecordingStatus;
  readonly mode?: RecordingMode;
  /** Bare JID of the room that is recorded. */
  readonly room?: string;
  readonly sessionId?: string;
  /** Stream key: a secret. */
  readonly streamId?: string;
  readonly youTubeBroadcastId?: string;
  /** SIP address that is called instead of a recording. */
  readonly sipAddress?: string;
  readonly displayName?: string;
  /** Passed through from client to recorder. */
  readonly appData?: string;
  /** Whether the recorder may give statistics to others. */
  readonly rtcStats?: boolean;
  readonly failureReason?: string;
  /** With a failure: another recorder may do better. */
  readonly shouldRetry?: boolean;
}

export function encodeJibri(jibri: Jibri): Element {
  return el('jibri', {
    xmlns: NS.jibri,
    action: jibri.action,
    status: jibri.status,
    recording_mode: jibri.mode,
    room: jibri.room,
    session_id: jibri.sessionId,
    streamid: jibri.streamId,
    you_tube_broadcast_id: jibri.youTubeBroadcastId,
    sipaddress: jibri.sipAddress,
    displayname: jibri.displayName,
    app_data: jibri.appData,
    rtcstats_enabled: jibri.rtcStats,
    failure_reason: jibri.failureReason,
    should_retry: jibri.shouldRetry,
  });
}

/** Reads `<jibri/>`; empty attributes count as absent, and so does a mode or status nobody knows. Throws a SignalingError. */
export function decodeJibri(element: Element): Jibri {
  if (!element.is('jibri', NS.jibri)) throw new SignalingError('not a jibri element');
  const text = (name: string): string | undefined => attribute(element, name) || undefined;
  const known = <const T extends string>(name: string, allowed: readonly T[]): T | undefined =>
    allowed.find((each) => each === text(name)?.toLowerCase());
  const action = text('action');
  return present({
    action: action === undefined ? undefined : oneOf(action, actions, 'action of <jibri>'),
    status: known('status', statuses),
    mode: known('recording_mode', modes),
    room: text('room'),
    sessionId: text('session_id'),
    streamId: text('streamid'),
    youTubeBroadcastId: text('you_tube_broadcast_id'),
    sipAddress: text('sipaddress'),
    displayName: text('displayname'),
    appData: text('app_data'),
    rtcStats: booleanAttribute(element, 'rtcstats_enabled'),
    failureReason: text('failure_reason'),
    shouldRetry: booleanAttribute(element, 'should_retry'),
  });
}

export interface RecorderStatus {
  readonly idle: boolean;
  readonly healthy: boolean;
}

/** What a recorder says of itself in the brewery. */
export function encodeRecorderStatus({ idle, healthy }: RecorderStatus): Element {
  return el(
    'jibri-status',
    { xmlns: NS.jibri },
    el('busy-status', { xmlns: NS.jibri, status: idle ? 'idle' : 'busy' }),
    el('health-status', { xmlns: NS.health, status: healthy ? 'healthy' : 'unhealthy' }),
  );
}

/** The status in a recorder's presence; undefined when it carries none. */
export function decodeRecorderStatus(presence: Element): RecorderStatus | undefined {
  const status = presence.getChild('jibri-status', NS.jibri);
  if (status === undefined) return undefined;
  const said = (name: string, xmlns: string): string | undefined => {
    const child = status.getChild(name, xmlns);
    return child && attribute(child, 'status')?.toLowerCase();
  };
  return {
    idle: said('busy-status', NS.jibri) === 'idle',
    healthy: said('health-status', NS.health) === 'healthy',
  };
}

/** What everyone in the room is told of a recording, in the presence of the focus. */
export interface RecordingNotice {
  readonly status: 'on' | 'off';
  readonly sessionId: string;
  readonly mode: RecordingMode;
  /** Occupant JID of who started or stopped it. */
  readonly initiator?: string;
  readonly failureReason?: string;
}

export function encodeRecordingNotice(notice: RecordingNotice): Element {
  return el('jibri-recording-status', {
    xmlns: NS.jibri,
    status: notice.status,
    session_id: notice.sessionId,
    recording_mode: notice.mode,
    initiator: notice.initiator,
    failure_reason: notice.failureReason,
  });
}

/** What everyone in the room is told of a SIP call by a recorder. */
export function encodeSipCallNotice(notice: {
  readonly status: 'on' | 'off';
  readonly sessionId: string;
  readonly sipAddress: string;
  readonly failureReason?: string;
}): Element {
  return el('jibri-sip-call-state', {
    xmlns: NS.jibriCallState,
    state: notice.status,
    session_id: notice.sessionId,
    sipaddress: notice.sipAddress,
    failure_reason: notice.failureReason,
  });
}
