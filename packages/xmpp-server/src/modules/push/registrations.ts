/** Where an account wants to be told that something waits for it (XEP-0357 s.5): push services, each with what it calls the account. */
import {
  attribute,
  isStanzaError,
  stanzaError,
  tryParseJid,
  type Element,
  type Jid,
  type StanzaError,
} from '@conclave/signaling';
import { z } from 'zod';
import type { HostStorage } from '../../storage/storage.js';
import { InTurn } from '../../storage/in-turn.js';
import type { KeyvalStore } from '../../storage/storage.js';

const registration = z.object({
  jid: z.string(),
  /** Empty: none. */
  node: z.string(),
  /** The form that the push service wants back with every notification, as XML; empty: none. */
  options: z.string(),
});
export type Registration = Readonly<z.output<typeof registration>>;

/** Characters of a form. */
const maxOptions = 4096;
const maxNode = 1024;

export class Registrations {
  readonly #store: KeyvalStore<Registration[]>;
  readonly #inTurn = new InTurn();

  constructor(
    storage: HostStorage,
    private readonly most: number,
  ) {
    this.#store = storage.keyval('push', z.array(registration));
  }

  async of(username: string): Promise<readonly Registration[]> {
    return (await this.#store.get(username)) ?? [];
  }

  /** The oldest makes room for a new one. */
  add(username: string, added: Registration): Promise<void> {
    return this.#change(username, (all) =>
      [...all.filter((each) => !isSame(each, added)), added].slice(-this.most),
    );
  }

  /** @param node undefined: whatever it is */
  remove(username: string, jid: string, node?: string): Promise<void> {
    return this.#change(username, (all) =>
      all.filter((each) => each.jid !== jid || (node !== undefined && each.node !== node)),
    );
  }

  #change(username: string, change: (all: readonly Registration[]) => Registration[]): Promise<void> {
    return this.#inTurn.run(username, async () => {
      const changed = change(await this.of(username));
      if (changed.length > 0) await this.#store.set(username, changed);
      else await this.#store.remove(username);
    });
  }
}

/** Reads `<enable/>`. @param account a service cannot be the account itself, nor one of its clients */
export function decodeEnable(enable: Element, account: Jid): Registration | StanzaError {
  const jid = pushService(enable, account);
  if (isStanzaError(jid)) return jid;
  const node = attribute(enable, 'node') ?? '';
  const options = enable.getChild('x', 'jabber:x:data')?.toString() ?? '';
  if (node.length > maxNode || options.length > maxOptions) return stanzaError('not-acceptable');
  return { jid, node, options };
}

/** The JID of a push service in `<enable/>` or `<disable/>`. */
export function pushService(element: Element, account: Jid): string | StanzaError {
  const jid = tryParseJid(attribute(element, 'jid'));
  if (jid === undefined || jid.bare.equals(account.bare)) return stanzaError('bad-request');
  return jid.toString();
}

function isSame(a: Registration, b: Registration): boolean {
  return a.jid === b.jid && a.node === b.node;
}
