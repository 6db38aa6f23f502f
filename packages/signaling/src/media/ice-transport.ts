/** The ICE-UDP transport (XEP-0176) with DTLS fingerprints (XEP-0320) and the URL of the bridge channel. */
import {
  type Element,
  attribute,
  el,
  integerAttribute,
  oneOf,
  present,
  requiredAttribute,
  requiredInteger,
} from '../elements.js';
import { NS } from '../namespaces.js';
import { SignalingError } from '../signaling-error.js';
import { requireToken } from './text.js';
import type { Fingerprint, IceCandidate, IceTransport } from './types.js';

const uint32 = 0xffffffff;
/** ICE characters (RFC 8839 s.5.4), and the few more that stacks in use put into their credentials. */
const iceText = /^[A-Za-z0-9+/=_-]{1,256}$/;
const address = /^[0-9A-Za-z.:%_-]{1,255}$/;

/** Octets of each hash function's value (RFC 8122 s.5). */
const hashLength: Readonly<Record<string, number>> = {
  'sha-1': 20,
  'sha-224': 28,
  'sha-256': 32,
  'sha-384': 48,
  'sha-512': 64,
};

function requireMatch(text: string, form: RegExp, what: string): string {
  if (!form.test(text)) throw new SignalingError(`${what} is malformed`);
  return text;
}

function encodeCandidate(candidate: IceCandidate): Element {
  return el('candidate', {
    component: candidate.component,
    foundation: candidate.foundation,
    generation: candidate.generation ?? 0,
    id: candidate.id,
    ip: candidate.ip,
    network: 0,
    port: candidate.port,
    priority: candidate.priority,
    protocol: candidate.protocol,
    type: candidate.type,
    tcptype: candidate.tcpType,
    'rel-addr': candidate.relAddr,
    'rel-port': candidate.relPort,
  });
}

function decodeCandidate(element: Element): IceCandidate {
  const protocol = requiredAttribute(element, 'protocol').toLowerCase();
  const relAddr = attribute(element, 'rel-addr');
  const tcpType = attribute(element, 'tcptype');
  const id = attribute(element, 'id');
  return present({
    foundation: requireMatch(requiredAttribute(element, 'foundation'), iceText, 'foundation'),
    component: requiredInteger(element, 'component', 1, 256),
    protocol: oneOf(protocol, ['udp', 'tcp'], 'protocol'),
    priority: requiredInteger(element, 'priority', 0, uint32),
    ip: requireMatch(requiredAttribute(element, 'ip'), address, 'ip'),
    port: requiredInteger(element, 'port', 0, 65535),
    type: oneOf(attribute(element, 'type'), ['host', 'srflx', 'prflx', 'relay'], 'type of a candidate'),
    relAddr: relAddr === undefined ? undefined : requireMatch(relAddr, address, 'rel-addr'),
    relPort: integerAttribute(element, 'rel-port', 0, 65535),
    tcpType: tcpType === undefined ? undefined : oneOf(tcpType, ['active', 'passive', 'so'], 'tcptype'),
    generation: integerAttribute(element, 'generation', 0, uint32),
    id: id === undefined ? undefined : requireToken(id, 'id of a candidate'),
  });
}

function decodeFingerprint(element: Element): Fingerprint {
  const hash = requiredAttribute(element, 'hash').toLowerCase();
  const value = element.getText().trim().toUpperCase();
  const length = Object.hasOwn(hashLength, hash) ? hashLength[hash] : undefined;
  if (length === undefined) throw new SignalingError('the hash function of a fingerprint is not known');
  if (value.length !== length * 3 - 1 || !/^[0-9A-F]{2}(?::[0-9A-F]{2})*$/.test(value)) {
    throw new SignalingError(`a ${hash} fingerprint must be ${length} hex pairs`);
  }
  const setup = oneOf(attribute(element, 'setup'), ['active', 'passive', 'actpass'], 'setup');
  return { hash, setup, value };
}

export function encodeIceTransport(transport: IceTransport): Element {
  return el(
    'transport',
    {
      xmlns: NS.iceUdp,
      ufrag: transport.ufrag,
      pwd: transport.pwd,
      'ice-generation': transport.iceGeneration,
    },
    transport.rtcpMux ? el('rtcp-mux') : undefined,
    transport.fingerprints.map(({ hash, setup, value }) =>
      el('fingerprint', { xmlns: NS.dtls, hash, setup }, value),
    ),
    transport.webSockets.map((url) => el('web-socket', { xmlns: NS.colibri, url })),
    transport.candidates.map(encodeCandidate),
  );
}

/** Reads `<transport xmlns='urn:xmpp:jingle:transports:ice-udp:1'/>`. Throws a SignalingError. */
export function decodeIceTransport(element: Element): IceTransport {
  const ufrag = attribute(element, 'ufrag');
  const pwd = attribute(element, 'pwd');
  return present({
    ufrag: ufrag === undefined ? undefined : requireMatch(ufrag, iceText, 'ufrag'),
    pwd: pwd === undefined ? undefined : requireMatch(pwd, iceText, 'pwd'),
    iceGeneration: integerAttribute(element, 'ice-generation', 0, uint32),
    rtcpMux: element.getChild('rtcp-mux') !== undefined,
    candidates: element.getChildren('candidate').map(decodeCandidate),
    fingerprints: element.getChildren('fingerprint', NS.dtls).map(decodeFingerprint),
    webSockets: element
      .getChildren('web-socket', NS.colibri)
      .map((socket) => requireToken(requiredAttribute(socket, 'url'), 'url of a web-socket')),
  });
}
