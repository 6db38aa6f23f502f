/** Jingle (XEP-0166) as focus and client speak it: sessions, sources (XEP-0339) and Jitsi's additions. */
import {
  type Element,
  attribute,
  booleanAttribute,
  childElements,
  el,
  oneOf,
  present,
  requiredAttribute,
} from '../elements.js';
import { decodeJsonSources, encodeJsonSources } from '../media/sources-json.js';
import { requireToken } from '../media/text.js';
import type { SourceSet } from '../media/types.js';
import { NS } from '../namespaces.js';
import { SignalingError } from '../signaling-error.js';
import { decodeContent, encodeContent, type JingleContent } from './content.js';

/** XEP-0166 s.7.2.2, and the two actions that change sources. */
const actions = [
  'content-accept',
  'content-add',
  'content-modify',
  'content-reject',
  'content-remove',
  'description-info',
  'security-info',
  'session-accept',
  'session-info',
  'session-initiate',
  'session-terminate',
  'source-add',
  'source-remove',
  'transport-accept',
  'transport-info',
  'transport-reject',
  'transport-replace',
] as const;
export type JingleAction = (typeof actions)[number];

/** Why a session ends: a condition of XEP-0166 s.7.4, e.g. `success`, and words for a person. */
export interface JingleReason {
  readonly condition: string;
  readonly text?: string;
}

/** Which session on which bridge this is about; `restart` asks for a new one, `iceRestart` for new ICE credentials in it. */
export interface BridgeSession {
  readonly id: string;
  readonly region?: string;
  readonly restart?: boolean;
  readonly iceRestart?: boolean;
}

export interface Jingle {
  readonly action: JingleAction;
  readonly sid: string;
  readonly initiator?: string;
  readonly responder?: string;
  readonly contents: readonly JingleContent[];
  /** Names of the contents that share one transport (XEP-0338). */
  readonly bundle: readonly string[];
  readonly reason?: JingleReason;
  readonly bridgeSession?: BridgeSession;
  /** What the client says of its ICE: `failed` is a word that something follows from. */
  readonly iceState?: string;
  readonly startMuted?: { readonly audio: boolean; readonly video: boolean };
  /** Sources of many owners in the compact form; only for clients that know `json-encoded-sources`. */
  readonly jsonSources?: ReadonlyMap<string, SourceSet>;
}

export function encodeJingle(jingle: Jingle): Element {
  const { reason, bridgeSession, iceState, startMuted, jsonSources } = jingle;
  return el(
    'jingle',
    {
      xmlns: NS.jingle,
      action: jingle.action,
      sid: jingle.sid,
      initiator: jingle.initiator,
      responder: jingle.responder,
    },
    jingle.contents.map(encodeContent),
    jingle.bundle.length === 0
      ? undefined
      : el(
          'group',
          { xmlns: NS.grouping, semantics: 'BUNDLE' },
          jingle.bundle.map((name) => el('content', { name })),
        ),
    reason &&
      el(
        'reason',
        {},
        el(reason.condition),
        reason.text === undefined ? undefined : el('text', {}, reason.text),
      ),
    startMuted && el('startmuted', { xmlns: NS.startMuted, ...startMuted }),
    iceState === undefined ? undefined : el('ice-state', { xmlns: NS.focus }, iceState),
    bridgeSession && encodeBridgeSession(bridgeSession),
    jsonSources && encodeJsonSources(jsonSources),
  );
}

function decodeReason(element: Element): JingleReason {
  const condition = childElements(element).find((child) => child.getName() !== 'text');
  if (condition === undefined) throw new SignalingError('a reason needs a condition');
  return present({ condition: condition.getName(), text: element.getChildText('text') ?? undefined });
}

function encodeBridgeSession({ iceRestart, ...rest }: BridgeSession): Element {
  return el('bridge-session', { xmlns: NS.focus, ...rest, 'ice-restart': iceRestart });
}

function decodeBridgeSession(element: Element): BridgeSession {
  return present({
    id: requiredAttribute(element, 'id'),
    region: attribute(element, 'region'),
    restart: booleanAttribute(element, 'restart'),
    iceRestart: booleanAttribute(element, 'ice-restart'),
  });
}

function decodeBundle(jingle: Element): string[] {
  const group = jingle
    .getChildren('group', NS.grouping)
    .find((candidate) => attribute(candidate, 'semantics') === 'BUNDLE');
  return group?.getChildren('content').map((content) => requiredAttribute(content, 'name')) ?? [];
}

/** Reads `<jingle/>`. Throws a SignalingError, also for an action that Jingle does not know. */
export function decodeJingle(jingle: Element): Jingle {
  if (!jingle.is('jingle', NS.jingle)) throw new SignalingError('not a jingle element');
  const reason = jingle.getChild('reason', NS.jingle);
  const bridgeSession = jingle.getChild('bridge-session', NS.focus);
  const startMuted = jingle.getChild('startmuted', NS.startMuted);
  return present({
    action: oneOf(attribute(jingle, 'action'), actions, 'action'),
    sid: requireToken(requiredAttribute(jingle, 'sid'), 'sid'),
    initiator: attribute(jingle, 'initiator'),
    responder: attribute(jingle, 'responder'),
    contents: jingle.getChildren('content', NS.jingle).map(decodeContent),
    bundle: decodeBundle(jingle),
    reason: reason && decodeReason(reason),
    bridgeSession: bridgeSession && decodeBridgeSession(bridgeSession),
    iceState: jingle.getChildText('ice-state', NS.focus) ?? undefined,
    startMuted: startMuted && {
      audio: booleanAttribute(startMuted, 'audio') ?? false,
      video: booleanAttribute(startMuted, 'video') ?? false,
    },
    jsonSources: decodeJsonSources(jingle),
  });
}

/** The application condition of XEP-0166 s.10 that says why a Jingle IQ failed, e.g. `unknown-session`. */
export function jingleErrorCondition(
  name: 'out-of-order' | 'tie-break' | 'unknown-session' | 'unsupported-info',
): Element {
  return el(name, { xmlns: NS.jingleErrors });
}
