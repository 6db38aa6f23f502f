/** Connectivity checks by hand (RFC 8489, RFC 8445 s.7), as a stranger at the media port would send them. */
import { createHmac, randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** The user name fragment under which we ask. */
export const ownUfrag = 'abcd';

const magicCookie = 0x2112a442;
const bindingRequest = 0x0001;
const bindingSuccess = 0x0101;
const username = 0x0006;
const messageIntegrity = 0x0008;
const priority = 0x0024;
const iceControlling = 0x802a;

function attribute(type: number, value: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(value.length, 2);
  return Buffer.concat([header, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}

/** A binding request with the given credentials; without them, one that names nobody. */
export function connectivityCheck(credentials?: {
  readonly ufrag: string;
  readonly password: string;
}): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(bindingRequest, 0);
  header.writeUInt32BE(magicCookie, 4);
  randomBytes(12).copy(header, 8);
  if (credentials === undefined) return header;
  const attributes = Buffer.concat([
    attribute(username, Buffer.from(`${credentials.ufrag}:${ownUfrag}`)),
    attribute(priority, Buffer.from([0x6e, 0xff, 0xff, 0xff])),
    attribute(iceControlling, randomBytes(8)),
  ]);
  // The length that is signed counts the signature itself (RFC 8489 s.14.5).
  header.writeUInt16BE(attributes.length + 24, 2);
  const signature = createHmac('sha1', credentials.password).update(header).update(attributes).digest();
  return Buffer.concat([header, attributes, attribute(messageIntegrity, signature)]);
}

export const isSuccess = (packet: Buffer): boolean =>
  packet.length >= 20 && packet.readUInt16BE(0) === bindingSuccess;

/** One end of a conversation with the media port, from an address of its own. */
export class Stranger {
  readonly heard: Buffer[] = [];
  private readonly socket: Socket = createSocket('udp4');

  private constructor(private readonly port: number) {
    this.socket.on('message', (packet) => this.heard.push(packet));
  }

  static async at(port: number): Promise<Stranger> {
    const stranger = new Stranger(port);
    stranger.socket.bind(0, '127.0.0.1');
    await once(stranger.socket, 'listening');
    return stranger;
  }

  say(packet: Buffer): void {
    this.socket.send(packet, this.port, '127.0.0.1');
  }

  go(): void {
    this.socket.close();
  }
}
