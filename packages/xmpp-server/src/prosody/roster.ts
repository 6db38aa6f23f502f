/** A roster as Prosody keeps it: contacts by JID, and beside them, under `false`, who waits to be approved. */
import { NS, el, tryParseJid } from '@conclave/signaling';
import type { Contact, StoredRoster } from '../modules/roster/contact.js';
import { meaning, type SubscriptionState } from '../modules/roster/subscription.js';
import { LuaError, textOf, type LuaTable, type LuaValue } from './lua-reader.js';
import { bytesOf, luaTable } from './lua-writer.js';
import { elementFrom } from './stanza-table.js';

/** @param version new, and never used before @param account bare JID */
export function rosterFrom(value: LuaValue, account: string, version: string): StoredRoster {
  if (typeof value !== 'object') throw new LuaError('not a roster');
  const contacts = new Map<string, Contact>();
  const pending = pendingOf(value);
  for (const [key, item] of value) {
    const jid = typeof key === 'string' && key !== 'pending' ? bareJid(key) : undefined;
    if (jid === undefined || typeof item !== 'object') continue;
    const waits = pending.has(jid);
    const text = (name: string): string => {
      const found = item.get(name);
      return typeof found === 'string' ? textOf(found) : '';
    };
    const groups = item.get('groups');
    contacts.set(jid, {
      jid,
      state: stateOf(text('subscription'), text('ask') === 'subscribe', waits),
      listed: true,
      approved: text('approved') === 'true' || item.get('approved') === true,
      name: text('name'),
      groups: [...(typeof groups === 'object' ? groups.keys() : [])]
        .filter((group) => typeof group === 'string')
        .map(textOf),
      request: waits ? requestOf(pending.get(jid), jid, account) : '',
    });
  }
  for (const [jid, request] of pending) {
    if (contacts.has(jid)) continue;
    const unlisted = { listed: false, approved: false, name: '', groups: [] };
    contacts.set(jid, { jid, state: 'none+in', ...unlisted, request: requestOf(request, jid, account) });
  }
  return { version, contacts: [...contacts.values()] };
}

export function tableOfRoster({ contacts }: StoredRoster): LuaTable {
  const table = new Map<string | boolean, LuaValue>();
  const pending = new Map<string, LuaValue>();
  for (const { jid, state, listed, approved, name, groups } of contacts) {
    const { subscription, asks } = meaning(state);
    if (state.endsWith('+in') || state === 'none+out+in') pending.set(bytesOf(jid), true);
    if (!listed) continue;
    const item = luaTable({
      subscription,
      ask: asks ? 'subscribe' : undefined,
      approved: approved ? 'true' : undefined,
      name: name === '' ? undefined : bytesOf(name),
      groups: new Map(groups.map((group) => [bytesOf(group), true])),
    });
    table.set(bytesOf(jid), item);
  }
  table.set(
    false,
    new Map<string, LuaValue>([
      ['version', 1],
      ['pending', pending],
    ]),
  );
  return table;
}

/** Under `false`, or, in old installations, in a contact called `pending`. */
function pendingOf(roster: LuaTable): ReadonlyMap<string, LuaValue> {
  const meta = roster.get(false);
  const pending = (typeof meta === 'object' ? meta.get('pending') : undefined) ?? roster.get('pending');
  const all = new Map<string, LuaValue>();
  for (const [key, request] of typeof pending === 'object' ? pending : []) {
    const jid = typeof key === 'string' ? bareJid(key) : undefined;
    if (jid !== undefined) all.set(jid, request);
  }
  return all;
}

function stateOf(subscription: string, asks: boolean, waits: boolean): SubscriptionState {
  switch (subscription) {
    case 'both':
      return 'both';
    case 'to':
      return waits ? 'to+in' : 'to';
    case 'from':
      return asks ? 'from+out' : 'from';
    default:
      if (asks) return waits ? 'none+out+in' : 'none+out';
      return waits ? 'none+in' : 'none';
  }
}

/** The stanza that came, if it was kept; else one that says as much. */
function requestOf(value: LuaValue | undefined, from: string, to: string): string {
  const stanza = typeof value === 'object' ? elementFrom(value) : el('presence');
  Object.assign(stanza.attrs, { xmlns: NS.client, type: 'subscribe', from, to });
  return stanza.toString();
}

function bareJid(key: string): string | undefined {
  return tryParseJid(textOf(key))?.bare.toString();
}
