/** The clients of one server: some in rooms, the rest idle but for what they say to one another. What each scenario does stands here. */
import { setTimeout as delay } from 'node:timers/promises';
import { Client, mark } from './client.js';
import { roomDomain, usernames, type Server } from './server.js';

export interface CrowdSize {
  readonly connections: number;
  readonly rooms: number;
  readonly occupants: number;
}

/** Messages that a client sends with one write. */
const roomBurst = 25;
const directBurst = 10;
/** Clients that log in at the same time. */
const concurrency = 20;
/** Between two messages of a room at the steady pace, in ms. */
const paceInterval = 50;
/** More rooms than these take turns at the same pace, so that only their number differs. */
const usualRooms = 8;
/** Milliseconds that messages may take to arrive. */
const patience = 120_000;

export class Crowd {
  readonly #clients: Client[] = [];
  #received = 0;
  #awaited: { readonly total: number; readonly arrived: () => void } | undefined;
  #turn = 0;

  constructor(
    readonly server: Server,
    readonly size: CrowdSize,
  ) {}

  /** Guests come until there are so many. */
  async grow(connections: number): Promise<void> {
    await inParallel(connections - this.#clients.length, async () => {
      const client = await Client.connect(this.server, (messages) => this.#count(messages));
      await client.logInAsGuest();
      client.send('<presence/>');
      this.#clients.push(client);
    });
  }

  /** One session for each of the accounts. */
  async growAccounts(): Promise<void> {
    for (const username of usernames) {
      const client = await Client.connect(this.server, (messages) => this.#count(messages));
      await client.logIn(username, username);
      client.send('<presence/>');
      this.#clients.push(client);
    }
  }

  async enterRooms(): Promise<void> {
    const { rooms, occupants } = this.size;
    for (let room = 0; room < rooms; room++) {
      for (let seat = 0; seat < occupants; seat++) {
        await enter(this.#occupant(room, seat), `room${room}`, `n${seat}`);
      }
    }
  }

  /** All rooms at once, many messages at once. @returns messages delivered */
  async burst(seconds: number): Promise<number> {
    const { rooms, occupants } = this.size;
    return this.#until(seconds, () => {
      const speaker = this.#turn++ % occupants;
      for (let room = 0; room < rooms; room++) {
        this.#occupant(room, speaker).send(roomMessage(room, speaker).repeat(roomBurst));
      }
      return rooms * occupants * roomBurst;
    });
  }

  /** One message a room each 50 ms, and the rooms take turns, so that nothing batches. @returns messages delivered */
  async pace(seconds: number): Promise<number> {
    const { rooms, occupants } = this.size;
    const start = performance.now();
    const before = this.#received;
    let sent = 0;
    for (let due = 0; due < seconds * 1000; due += paceInterval / usualRooms) {
      const wait = start + due - performance.now();
      if (wait > 0) await delay(wait);
      const room = sent % rooms;
      const speaker = Math.floor(sent / rooms) % occupants;
      this.#occupant(room, speaker).send(roomMessage(room, speaker));
      sent++;
    }
    await this.#arrival(before + sent * occupants);
    return sent * occupants;
  }

  /** From one client to another, by full JID. @returns messages delivered */
  async direct(seconds: number): Promise<number> {
    const { rooms, occupants, connections } = this.size;
    const idle = this.#clients.slice(rooms * occupants, connections);
    return this.#until(seconds, () => {
      idle.forEach((client, index) => {
        const { jid } = idle[idle.length - 1 - index] ?? client;
        client.send(
          `<message to="${jid}" type="chat" id="d1"><body>Are you there? ${mark}</body></message>`.repeat(
            directBurst,
          ),
        );
      });
      return idle.length * directBurst;
    });
  }

  /** Logs in so many times with SCRAM, or else ANONYMOUS. @returns what closes the connections */
  async logIn(count: number, mechanism: 'scram' | 'anonymous'): Promise<() => void> {
    const clients: Client[] = [];
    await inParallel(count, async (index) => {
      const client = await Client.connect(this.server);
      const username = usernames[index % usernames.length] ?? '';
      await (mechanism === 'scram' ? client.logIn(username, username) : client.logInAsGuest());
      clients.push(client);
    });
    return () => clients.forEach((client) => client.close());
  }

  /** So many clients enter one room. */
  async fill(occupants: number): Promise<void> {
    const [founder, ...others] = this.#clients.slice(0, occupants);
    if (founder !== undefined) await enter(founder, 'hall', 'n0');
    await inParallel(others.length, async (index) => {
      const client = others[index];
      if (client !== undefined) await enter(client, 'hall', `n${index + 1}`);
    });
  }

  /** One more enters the room that so many have filled. @returns what makes it leave */
  async joinHall(occupants: number): Promise<() => Promise<void>> {
    const client = this.#client(occupants);
    await enter(client, 'hall', 'newcomer');
    return async () => {
      await client.ask(`<presence to="hall@${roomDomain}/newcomer" type="unavailable"/>`, 'unavailable');
      await delay(100);
    };
  }

  close(): void {
    for (const client of this.#clients) client.close();
    this.#clients.length = 0;
  }

  /** Clients are dealt out to the rooms in turn; where there are not enough, they are in several. */
  #occupant(room: number, seat: number): Client {
    const { rooms, occupants, connections } = this.size;
    const apart = rooms * occupants <= connections ? rooms : Math.floor(connections / occupants);
    return this.#client((seat * apart + room) % connections);
  }

  #client(index: number): Client {
    const client = this.#clients[index];
    if (client === undefined) throw new Error(`there is no client ${index}`);
    return client;
  }

  async #until(seconds: number, send: () => number): Promise<number> {
    const end = performance.now() + seconds * 1000;
    let delivered = 0;
    while (performance.now() < end) {
      const before = this.#received;
      const expected = send();
      await this.#arrival(before + expected);
      delivered += expected;
    }
    return delivered;
  }

  #count(messages: number): void {
    this.#received += messages;
    if (this.#awaited !== undefined && this.#received >= this.#awaited.total) this.#awaited.arrived();
  }

  async #arrival(total: number): Promise<void> {
    if (this.#received >= total) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`${this.server.name} has delivered ${this.#received} of ${total} messages`));
      }, patience);
      const arrived = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.#awaited = { total, arrived };
    });
    this.#awaited = undefined;
  }
}

function roomMessage(room: number, speaker: number): string {
  return `<message to="room${room}@${roomDomain}" type="groupchat" id="m${speaker}"><body>Hello everybody here ${mark}</body></message>`;
}

async function enter(client: Client, room: string, nick: string): Promise<void> {
  const join = '<x xmlns="http://jabber.org/protocol/muc"><history maxstanzas="0"/></x>';
  await client.ask(`<presence to="${room}@${roomDomain}/${nick}">${join}</presence>`, '<subject');
}

async function inParallel(count: number, act: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await act(next++);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, Math.max(0, count)) }, worker));
}
