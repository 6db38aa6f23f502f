/**
 * STUN messages (RFC 8489) as ICE uses them (RFC 8445 s.7): Binding requests and their answers, authenticated by the short-term
 * credentials of an agent. What is read comes from anybody; nothing that is not well-formed to its end is read at all.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { crc32 } from 'node:zlib';

/** Class and method of a message in one (RFC 8489 s.5). */
export const StunType = {
  bindingRequest: 0x0001,
  bindingIndication: 0x0011,
  bindingSuccess: 0x0101,
  bindingError: 0x0111,
} as const;

/** Attributes that ICE needs (RFC 8489 s.14, RFC 8445 s.16.1). */
const Attribute = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  xorMappedAddress: 0x0020,
  priority: 0x0024,
  useCandidate: 0x0025,
  fingerprint: 0x8028,
  iceControlled: 0x8029,
  iceControlling: 0x802a,
} as const;

const MAGIC_COOKIE = 0x2112a442;
const HEADER = 20;
const INTEGRITY_LENGTH = 20;
const FINGERPRINT_MASK = 0x5354554e;
const MAX_USERNAME = 513;

export interface StunAddress {
  readonly host: string;
  readonly port: number;
}

/** What a message says, as far as ICE asks. */
export interface StunMessage {
  readonly type: number;
  /** 12 octets that an answer repeats. */
  readonly transaction: Buffer;
  readonly username?: string;
  readonly useCandidate?: boolean;
  readonly role?: 'controlling' | 'controlled';
  /** Of either role. */
  readonly tieBreaker?: bigint;
  readonly mappedAddress?: StunAddress;
  /** Where MESSAGE-INTEGRITY begins. */
  readonly integrityAt?: number;
}

/** Whether `datagram` may be STUN, and is neither DTLS nor RTP (RFC 7983). */
export const isStun = (datagram: Buffer): boolean =>
  datagram.length >= HEADER && (datagram[0] ?? 255) < 4 && datagram.readUInt32BE(4) === MAGIC_COOKIE;

/** Reads a message; undefined when it is malformed, or its FINGERPRINT is wrong. */
export function readStun(datagram: Buffer): StunMessage | undefined {
  if (!isStun(datagram) || HEADER + datagram.readUInt16BE(2) !== datagram.length) return undefined;
  const message: { -readonly [Key in keyof StunMessage]: StunMessage[Key] } = {
    type: datagram.readUInt16BE(0),
    transaction: datagram.subarray(8, HEADER),
  };
  let at = HEADER;
  while (at < datagram.length) {
    if (at + 4 > datagram.length) return undefined;
    const type = datagram.readUInt16BE(at);
    const length = datagram.readUInt16BE(at + 2);
    const value = datagram.subarray(at + 4, at + 4 + length);
    if (value.length < length) return undefined;
    if (type === Attribute.fingerprint) {
      const last = length === 4 && at + 8 === datagram.length;
      return last && value.readUInt32BE(0) === fingerprint(datagram.subarray(0, at)) ? message : undefined;
    }
    // RFC 8489 s.14.5: what follows MESSAGE-INTEGRITY is not covered by it and not read, but for FINGERPRINT.
    if (message.integrityAt === undefined) {
      if (type === Attribute.messageIntegrity) {
        if (length !== INTEGRITY_LENGTH) return undefined;
        message.integrityAt = at;
      } else if (type === Attribute.username) {
        if (length > MAX_USERNAME) return undefined;
        message.username = value.toString('utf8');
      } else if (type === Attribute.useCandidate) message.useCandidate = true;
      else if (type === Attribute.iceControlling || type === Attribute.iceControlled) {
        message.role = type === Attribute.iceControlling ? 'controlling' : 'controlled';
        if (length === 8) message.tieBreaker = value.readBigUInt64BE(0);
      } else if (type === Attribute.xorMappedAddress) {
        const mapped = readAddress(value, datagram);
        if (mapped !== undefined) message.mappedAddress = mapped;
      }
    }
    at += 4 + length + padding(length);
  }
  return at === datagram.length ? message : undefined;
}

/** Whether `message`, which was read from `datagram`, was made by who knows `password`. */
export function isAuthentic(datagram: Buffer, { integrityAt }: StunMessage, password: string): boolean {
  if (integrityAt === undefined) return false;
  const signed = Buffer.from(datagram.subarray(0, integrityAt));
  signed.writeUInt16BE(integrityAt + 4 + INTEGRITY_LENGTH - HEADER, 2);
  const value = datagram.subarray(integrityAt + 4, integrityAt + 4 + INTEGRITY_LENGTH);
  return timingSafeEqual(value, createHmac('sha1', password).update(signed).digest());
}

export interface CheckOptions {
  readonly transaction: Buffer;
  /** Fragments of both user names, the receiver's first (RFC 8445 s.7.2.2). */
  readonly username: string;
  /** The receiver's. */
  readonly password: string;
  readonly priority: number;
  readonly role: 'controlling' | 'controlled';
  /** RFC 8445 s.7.3.1.1: the greatest there is keeps the controlling role in any conflict. */
  readonly tieBreaker: bigint;
  readonly useCandidate: boolean;
}

/** The tie-breaker of agents that are controlling, and stay it. */
export const ALWAYS_CONTROLLING = 2n ** 64n - 1n;

/** A connectivity check (RFC 8445 s.7.1). */
export function connectivityCheck(check: CheckOptions): Buffer {
  const tieBreaker = Buffer.alloc(8);
  tieBreaker.writeBigUInt64BE(check.tieBreaker);
  const role = check.role === 'controlling' ? Attribute.iceControlling : Attribute.iceControlled;
  return encode(
    StunType.bindingRequest,
    check.transaction,
    [
      [Attribute.username, Buffer.from(check.username)],
      [Attribute.priority, uint32(check.priority)],
      [role, tieBreaker],
      ...(check.useCandidate ? [[Attribute.useCandidate, Buffer.alloc(0)] as const] : []),
    ],
    check.password,
  );
}

/** Answers a check, with the password of who answers, and where it came from if that is to be told. */
export function checkSuccess(
  { transaction }: StunMessage,
  source: StunAddress | undefined,
  password: string,
): Buffer {
  const mapped = source && ([Attribute.xorMappedAddress, xorAddress(source, transaction)] as const);
  return encode(StunType.bindingSuccess, transaction, mapped ? [mapped] : [], password);
}

/** Answers a check whose sender must leave us the controlling role (RFC 8445 s.7.3.1.1). */
export function roleConflict({ transaction }: StunMessage, password: string): Buffer {
  const error = Buffer.concat([Buffer.from([0, 0, 4, 87]), Buffer.from('Role Conflict')]);
  return encode(StunType.bindingError, transaction, [[Attribute.errorCode, error]], password);
}

/** A Binding request without credentials: what asks a STUN server for one's own address. */
export const bindingRequest = (transaction: Buffer): Buffer => {
  const request = Buffer.alloc(HEADER);
  writeHeader(request, StunType.bindingRequest, transaction);
  return request;
};

function encode(
  type: number,
  transaction: Buffer,
  attributes: readonly (readonly [type: number, value: Buffer])[],
  password: string,
): Buffer {
  const body = attributes.reduce((sum, [, { length }]) => sum + 4 + length + padding(length), HEADER);
  const message = Buffer.alloc(body + 4 + INTEGRITY_LENGTH + 8);
  writeHeader(message, type, transaction);
  let at = HEADER;
  const add = (attribute: number, value: Buffer): void => {
    message.writeUInt16BE(attribute, at);
    message.writeUInt16BE(value.length, at + 2);
    value.copy(message, at + 4);
    at += 4 + value.length + padding(value.length);
  };
  for (const [attribute, value] of attributes) add(attribute, value);
  // Each of the two covers the length as if it were the last attribute.
  message.writeUInt16BE(at + 4 + INTEGRITY_LENGTH - HEADER, 2);
  add(Attribute.messageIntegrity, createHmac('sha1', password).update(message.subarray(0, at)).digest());
  message.writeUInt16BE(at + 8 - HEADER, 2);
  add(Attribute.fingerprint, uint32(fingerprint(message.subarray(0, at))));
  return message;
}

function writeHeader(message: Buffer, type: number, transaction: Buffer): void {
  message.writeUInt16BE(type, 0);
  message.writeUInt32BE(MAGIC_COOKIE, 4);
  transaction.copy(message, 8);
}

const fingerprint = (covered: Buffer): number => (crc32(covered) ^ FINGERPRINT_MASK) >>> 0;

const padding = (length: number): number => -length & 3;

function uint32(value: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(value);
  return octets;
}

/** XOR-MAPPED-ADDRESS (RFC 8489 s.14.2): the address, mixed with cookie and transaction. */
function xorAddress({ host, port }: StunAddress, transaction: Buffer): Buffer {
  const octets = isIPv6(host) ? ipv6Octets(host) : Buffer.from(host.split('.').map(Number));
  const value = Buffer.alloc(4 + octets.length);
  value[1] = octets.length === 4 ? 1 : 2;
  value.writeUInt16BE(port ^ (MAGIC_COOKIE >>> 16), 2);
  mixed(octets, transaction).copy(value, 4);
  return value;
}

function readAddress(value: Buffer, datagram: Buffer): StunAddress | undefined {
  const [, family] = value;
  const length = family === 1 ? 4 : 16;
  if ((family !== 1 && family !== 2) || value.length !== 4 + length) return undefined;
  const octets = mixed(value.subarray(4), datagram.subarray(8, HEADER));
  const groups = Array.from({ length: 8 }, (_, index) => octets.subarray(2 * index, 2 * index + 2));
  return {
    host: family === 1 ? octets.join('.') : groups.map((group) => group.toString('hex')).join(':'),
    port: value.readUInt16BE(2) ^ (MAGIC_COOKIE >>> 16),
  };
}

function mixed(octets: Buffer, transaction: Buffer): Buffer {
  const mask = Buffer.concat([uint32(MAGIC_COOKIE), transaction]);
  return Buffer.from(octets.map((octet, index) => octet ^ (mask[index] ?? 0)));
}

/** The 16 octets of an IPv6 address in any of its spellings; a zone is left out. */
function ipv6Octets(host: string): Buffer {
  const [address = ''] = host.split('%');
  // URLs know the spellings, those with an IPv4 address at the end included.
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = [], tail = []] = plain.split('::').map((part) => part.split(':').filter(Boolean));
  const middle = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return Buffer.from([...head, ...middle, ...tail].map((group) => group.padStart(4, '0')).join(''), 'hex');
}
