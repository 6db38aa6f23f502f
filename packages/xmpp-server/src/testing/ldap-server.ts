/** A small LDAP directory (RFC 4511) for tests: simple binds and searches, over a list of entries. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { BerReader, BerWriter, FilterParser } from 'ldapts';

export interface LdapEntry {
  readonly dn: string;
  readonly password: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const bindRequest = 0x60;
const bindResponse = 0x61;
const searchRequest = 0x63;
const searchEntry = 0x64;
const searchDone = 0x65;
const simple = 0x80;
const success = 0;
const insufficientAccess = 50;
const invalidCredentials = 49;

export class LdapServer {
  /** The filters of searches, as they were understood. */
  readonly filters: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(private readonly entries: readonly LdapEntry[]) {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async start(entries: readonly LdapEntry[]): Promise<LdapServer> {
    const server = new LdapServer(entries);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get url(): string {
    return `ldap://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let bound = false;
    let received = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      for (;;) {
        const reader = new BerReader(received);
        if (reader.readSequence() === null || reader.remain < reader.length) return;
        const end = reader.offset + reader.length;
        const message = received.subarray(0, end);
        received = received.subarray(end);
        bound = this.#answer(socket, message, bound);
        if (received.length === 0) return;
      }
    });
  }

  /** @returns whether the client is bound to an entry from now on */
  #answer(socket: Socket, message: Buffer, bound: boolean): boolean {
    const reader = new BerReader(message);
    reader.readSequence();
    const id = reader.readInt() ?? 0;
    const operation = reader.readSequence();
    if (operation === bindRequest) {
      reader.readInt();
      const dn = reader.readString() ?? '';
      const password = reader.readString(simple) ?? '';
      const entry = this.entries.find((each) => each.dn === dn);
      // As real directories do: without password it is a bind of nobody in particular, and succeeds.
      const accepted = password === '' || entry?.password === password;
      send(socket, id, bindResponse, accepted ? success : invalidCredentials);
      return accepted && entry !== undefined && password !== '';
    }
    if (operation === searchRequest) {
      reader.readString();
      reader.readEnumeration();
      reader.readEnumeration();
      reader.readInt();
      reader.readInt();
      reader.readBoolean();
      const filter = FilterParser.parse(reader);
      this.filters.push(filter.toString());
      const found = bound ? this.entries.filter(({ attributes }) => filter.matches({ ...attributes })) : [];
      for (const { dn } of found) {
        const writer = new BerWriter();
        writer.startSequence();
        writer.writeInt(id);
        writer.startSequence(searchEntry);
        writer.writeString(dn);
        writer.startSequence();
        writer.endSequence();
        writer.endSequence();
        writer.endSequence();
        socket.write(writer.buffer);
      }
      send(socket, id, searchDone, bound ? success : insufficientAccess);
      return bound;
    }
    socket.end();
    return false;
  }
}

function send(socket: Socket, id: number, operation: number, code: number): void {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(operation);
  writer.writeEnumeration(code);
  writer.writeString('');
  writer.writeString('');
  writer.endSequence();
  writer.endSequence();
  socket.write(writer.buffer);
}
