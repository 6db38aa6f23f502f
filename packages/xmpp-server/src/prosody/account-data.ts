/** What belongs to an account beside its password, as Prosody keeps it and as we do: one entry a store. */
import { randomBytes } from 'node:crypto';
import { tryParseJid } from '@conclave/signaling';
import { parse } from 'ltx';
import { z } from 'zod';
import { storedRoster } from '../modules/roster/contact.js';
import type { HostStorage } from '../storage/storage.js';
import { LuaError, textOf, type LuaTable, type LuaValue } from './lua-reader.js';
import { bytesOf } from './lua-writer.js';
import { rosterFrom, tableOfRoster } from './roster.js';
import { elementFrom, tableFrom } from './stanza-table.js';

export interface AccountData {
  /** Its name with Prosody. */
  readonly store: string;
  /** Undefined: the account has none. */
  readonly read: (storage: HostStorage, username: string) => Promise<LuaTable | undefined>;
  /** Throws a LuaError when the value is not what it should be. @param account bare JID */
  readonly write: (storage: HostStorage, username: string, account: string, value: LuaValue) => Promise<void>;
}

const storedPrivate = z.array(z.object({ name: z.string(), namespace: z.string(), xml: z.string() }));

const roster: AccountData = {
  store: 'roster',
  async read(storage, username) {
    const found = await storage.keyval('roster', storedRoster).get(username);
    return found === undefined ? undefined : tableOfRoster(found);
  },
  async write(storage, username, account, value) {
    const version = randomBytes(9).toString('base64url');
    await storage.keyval('roster', storedRoster).set(username, rosterFrom(value, account, version));
  },
};

const privateXml: AccountData = {
  store: 'private',
  async read(storage, username) {
    const found = await storage.keyval('private', storedPrivate).get(username);
    if (found === undefined || found.length === 0) return undefined;
    return new Map(
      found.map(({ name, namespace, xml }) => [bytesOf(`${name}:${namespace}`), tableFrom(parse(xml))]),
    );
  },
  async write(storage, username, _account, value) {
    const entries = [...tableOf(value).values()].map((each) => {
      const element = elementFrom(each);
      return { name: element.name, namespace: element.getNS() ?? '', xml: element.toString() };
    });
    await storage.keyval('private', storedPrivate).set(username, entries);
  },
};

const vcard: AccountData = {
  store: 'vcard',
  async read(storage, username) {
    const found = await storage.keyval('vcard', z.string()).get(username);
    return found === undefined ? undefined : tableFrom(parse(found));
  },
  async write(storage, username, _account, value) {
    const element = elementFrom(value);
    if (!element.is('vCard', 'vcard-temp')) throw new LuaError('not a vCard');
    await storage.keyval('vcard', z.string()).set(username, element.toString());
  },
};

const blocklist: AccountData = {
  store: 'blocklist',
  async read(storage, username) {
    const found = await storage.keyval('blocklist', z.array(z.string())).get(username);
    if (found === undefined || found.length === 0) return undefined;
    const version = new Map<string, LuaValue>([['version', 1]]);
    return new Map<string | boolean, LuaValue>([
      [false, version],
      ...found.map((jid) => [bytesOf(jid), true] as const),
    ]);
  },
  async write(storage, username, _account, value) {
    const jids = [...tableOf(value).keys()].flatMap((key) => {
      const jid = typeof key === 'string' ? tryParseJid(textOf(key)) : undefined;
      return jid === undefined ? [] : [jid.toString()];
    });
    await storage.keyval('blocklist', z.array(z.string())).set(username, jids);
  },
};

export const accountData: readonly AccountData[] = [roster, privateXml, vcard, blocklist];

function tableOf(value: LuaValue): LuaTable {
  if (typeof value !== 'object') throw new LuaError('not a table');
  return value;
}
