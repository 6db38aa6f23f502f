/**
 * Jitsi's focus protocol (`http://jitsi.org/protocol/focus`): the conference request that must be granted before a
 * room may be entered, the end of an authentication session, and the conference's properties in the focus's presence.
 */
import { type Element, attribute, booleanAttribute, el, present, requiredAttribute } from './elements.js';
import { NS } from './namespaces.js';
import { SignalingError } from './signaling-error.js';

/** What a client asks of the focus before it enters `room`. */
export interface ConferenceRequest {
  /** Bare JID of the room. */
  readonly room: string;
  /** Stable id of the browser or device; an authentication session is bound to it. */
  readonly machineUid?: string;
  /** The authentication session of an earlier login. */
  readonly sessionId?: string;
  /** A JWT. */
  readonly token?: string;
  readonly properties: Readonly<Record<string, string>>;
}

/** What the focus answers. */
export interface ConferenceResponse {
  readonly room: string;
  /** True once the focus is in the room, so that the client may enter. */
  readonly ready: boolean;
  /** Bare JID of the focus. */
  readonly focusJid?: string;
  /** The authentication session that a login opened. */
  readonly sessionId?: string;
  /** Who is logged in, as a bare JID. */
  readonly identity?: string;
  /** The visitor node to reconnect to. */
  readonly vnode?: string;
  readonly properties: Readonly<Record<string, string>>;
}

/** Far above what any client sends; keeps a request from carrying a payload of its own. */
const maxProperties = 64;

function encodeProperties(properties: Readonly<Record<string, string>>): Element[] {
  return Object.entries(properties).map(([name, value]) => el('property', { name, value }));
}

function decodeProperties(conference: Element): Record<string, string> {
  const elements = conference.getChildren('property');
  if (elements.length > maxProperties) throw new SignalingError('too many properties');
  return Object.fromEntries(
    elements.map((property) => [requiredAttribute(property, 'name'), attribute(property, 'value') ?? '']),
  );
}

function requireConference(element: Element): void {
  if (!element.is('conference', NS.focus)) throw new SignalingError('not a conference element');
}

export function encodeConferenceRequest(request: ConferenceRequest): Element {
  return el(
    'conference',
    {
      xmlns: NS.focus,
      room: request.room,
      'machine-uid': request.machineUid,
      'session-id': request.sessionId,
      token: request.token,
    },
    encodeProperties(request.properties),
  );
}

/** Reads `<conference/>` of a request. Throws a SignalingError. */
export function decodeConferenceRequest(conference: Element): ConferenceRequest {
  requireConference(conference);
  return present({
    room: requiredAttribute(conference, 'room'),
    machineUid: attribute(conference, 'machine-uid'),
    sessionId: attribute(conference, 'session-id'),
    token: attribute(conference, 'token'),
    properties: decodeProperties(conference),
  });
}

export function encodeConferenceResponse(response: ConferenceResponse): Element {
  return el(
    'conference',
    {
      xmlns: NS.focus,
      room: response.room,
      ready: response.ready,
      focusjid: response.focusJid,
      'session-id': response.sessionId,
      identity: response.identity,
      vnode: response.vnode,
    },
    encodeProperties(response.properties),
  );
}

/** Reads `<conference/>` of an answer. Throws a SignalingError. */
export function decodeConferenceResponse(conference: Element): ConferenceResponse {
  requireConference(conference);
  return present({
    room: requiredAttribute(conference, 'room'),
    ready: booleanAttribute(conference, 'ready') ?? false,
    focusJid: attribute(conference, 'focusjid'),
    sessionId: attribute(conference, 'session-id'),
    identity: attribute(conference, 'identity'),
    vnode: attribute(conference, 'vnode'),
    properties: decodeProperties(conference),
  });
}

/** The application condition beside `not-acceptable` that makes a client forget its session id. */
export function sessionInvalid(): Element {
  return el('session-invalid', { xmlns: NS.focus });
}

/** A client's request to end an authentication session. */
export function encodeLogout(sessionId: string): Element {
  return el('logout', { xmlns: NS.focus, 'session-id': sessionId });
}

/** The session id of `<logout/>`. Throws a SignalingError. */
export function decodeLogout(logout: Element): string {
  if (!logout.is('logout', NS.focus)) throw new SignalingError('not a logout element');
  return requiredAttribute(logout, 'session-id');
}

/** What the focus tells everyone about the conference, as a child of its presence in the room. */
export function encodeConferenceProperties(properties: Readonly<Record<string, string>>): Element {
  return el(
    'conference-properties',
    { xmlns: NS.focus },
    Object.entries(properties).map(([key, value]) => el('property', { key, value })),
  );
}

/** The conference properties in a presence of the focus; undefined when it carries none. */
export function decodeConferenceProperties(presence: Element): Record<string, string> | undefined {
  const element = presence.getChild('conference-properties', NS.focus);
  if (element === undefined) return undefined;
  return Object.fromEntries(
    element
      .getChildren('property')
      .map((property) => [attribute(property, 'key') ?? '', attribute(property, 'value') ?? '']),
  );
}
