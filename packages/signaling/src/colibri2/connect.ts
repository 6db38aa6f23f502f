/**
 * Connects in Colibri2: WebSockets that a bridge opens for a conference, to give its sound to a service that transcribes,
 * translates or records it. What a request says of them is a change to those there are, by id.
 */
import {
  attribute,
  booleanAttribute,
  childElements,
  el,
  type Element,
  oneOf,
  parseInteger,
  present,
  requiredAttribute,
} from '../elements.js';
import { requireLine, requireToken } from '../media/text.js';
import { NS } from '../namespaces.js';
import { SignalingError } from '../signaling-error.js';
import { flag } from './endpoint.js';

const types = ['recorder', 'transcriber', 'translator'] as const;

export interface Connect {
  /** Unique in the conference on this bridge. */
  readonly id: string;
  /** Opens it. With neither this nor `expire`, `exports` and `requests` of one that is there change. */
  readonly create?: boolean;
  readonly expire?: boolean;
  /** `ws:` or `wss:`. */
  readonly url: string;
  /** What is spoken on it: bridges know `mediajson`. */
  readonly protocol: string;
  readonly type: (typeof types)[number];
  readonly audio?: boolean;
  readonly video?: boolean;
  /** Sent when it is opened. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  /** How often the service is asked whether it is there, and how long its answer may take, in ms; absent: never. */
  readonly ping?: { readonly intervalMs: number; readonly timeoutMs: number };
  /** Names of the sources that it gets; empty: all. */
  readonly exports: readonly string[];
  /** Names of the synthetic sources that are wanted of it. */
  readonly requests: readonly string[];
}

const maxHeaders = 32;
const maxUrlLength = 8_192;
const maxHeaderLength = 8_192;

/** `<connects/>` with a `<connect/>` each. */
export function encodeConnects(connects: readonly Connect[]): Element {
  return el('connects', {}, connects.map(encodeConnect));
}

function encodeConnect(connect: Connect): Element {
  const { ping, exports, requests } = connect;
  return el(
    'connect',
    {
      id: connect.id,
      create: flag(connect.create),
      expire: flag(connect.expire),
      url: connect.url,
      protocol: connect.protocol,
      type: connect.type,
      audio: flag(connect.audio),
      video: flag(connect.video),
    },
    connect.headers.map(({ name, value }) => el('http-header', { name, value })),
    ping && el('ping', { interval: ping.intervalMs, timeout: ping.timeoutMs }),
    names('export', exports),
    names('request', requests),
  );
}

const names = (name: 'export' | 'request', values: readonly string[]): Element | undefined =>
  values.length === 0
    ? undefined
    : el(
        `${name}s`,
        {},
        values.map((value) => el(name, { name: value })),
      );

/** Throws a SignalingError. */
export function decodeConnects(element: Element): Connect[] {
  return element.getChildren('connect', NS.colibri2).map(decodeConnect);
}

function decodeConnect(element: Element): Connect {
  const ping = element.getChild('ping', NS.colibri2);
  const headers = element.getChildren('http-header', NS.colibri2);
  if (headers.length > maxHeaders) throw new SignalingError('too many headers of <connect>');
  return present({
    id: requireToken(requiredAttribute(element, 'id'), 'id of <connect>'),
    create: flag(booleanAttribute(element, 'create')),
    expire: flag(booleanAttribute(element, 'expire')),
    url: webSocketUrl(requiredAttribute(element, 'url')),
    protocol: requireToken(requiredAttribute(element, 'protocol'), 'protocol of <connect>'),
    type: oneOf(attribute(element, 'type'), types, 'type of <connect>'),
    audio: flag(booleanAttribute(element, 'audio')),
    video: flag(booleanAttribute(element, 'video')),
    headers: headers.map(decodeHeader),
    ping: ping && {
      intervalMs: milliseconds(ping, 'interval'),
      timeoutMs: milliseconds(ping, 'timeout'),
    },
    exports: readNames(element.getChild('exports', NS.colibri2)),
    requests: readNames(element.getChild('requests', NS.colibri2)),
  });
}

/** A header's value can not begin another header: line breaks are taken out of it, as bridges do. */
function decodeHeader(element: Element): Connect['headers'][number] {
  const name = requiredAttribute(element, 'name');
  const value = (attribute(element, 'value') ?? '').replace(/[\r\n]/g, '');
  if (!/^[A-Za-z0-9-]{1,256}$/.test(name) || value.length > maxHeaderLength) {
    throw new SignalingError('header of <connect> is malformed');
  }
  return { name, value };
}

function webSocketUrl(text: string): string {
  const url = text.length <= maxUrlLength && URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'ws:' && url?.protocol !== 'wss:') {
    throw new SignalingError('url of <connect> is not that of a WebSocket');
  }
  return text;
}

const milliseconds = (ping: Element, name: string): number =>
  parseInteger(requiredAttribute(ping, name), 1, 86_400_000, `${name} of <ping>`);

const readNames = (list: Element | undefined): string[] =>
  (list ? childElements(list) : []).map((each) =>
    requireLine(requiredAttribute(each, 'name'), `name of <${each.name}>`),
  );
