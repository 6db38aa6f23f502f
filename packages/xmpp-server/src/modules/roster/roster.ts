/** One account's contacts, with a version that is new after every change that its clients can see (RFC 6121 s.2.6). */
import { randomBytes } from 'node:crypto';
import { isMemorable, stranger, type Contact, type StoredRoster } from './contact.js';

export class Roster {
  readonly #contacts: Map<string, Contact>;
  #version: string;

  /** @param stored undefined: the account has never had one */
  constructor(
    readonly username: string,
    stored?: StoredRoster,
  ) {
    this.#version = stored?.version ?? newVersion();
    this.#contacts = new Map(stored?.contacts.map((contact) => [contact.jid, contact]));
  }

  get version(): string {
    return this.#version;
  }

  get size(): number {
    return this.#contacts.size;
  }

  /** All of them, also those that the user's clients do not see. */
  get contacts(): Iterable<Contact> {
    return this.#contacts.values();
  }

  /** One that is not known is a stranger. @param jid bare */
  contact(jid: string): Contact {
    return this.#contacts.get(jid) ?? stranger(jid);
  }

  has(jid: string): boolean {
    return this.#contacts.has(jid);
  }

  put(contact: Contact): void {
    if (isMemorable(contact)) this.#contacts.set(contact.jid, contact);
    else this.#contacts.delete(contact.jid);
    this.#version = newVersion();
  }

  toStored(): StoredRoster {
    return { version: this.#version, contacts: [...this.#contacts.values()] };
  }
}

/** Never one that has been used: not even by an account of the same name that is no more. */
function newVersion(): string {
  return randomBytes(9).toString('base64url');
}
