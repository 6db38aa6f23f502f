/** What is left of an account that was removed: nothing but what others have of it, and that its name rests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z, type ZodType } from 'zod';
import { conferencingLayout } from '../layout.js';
import { MemoryStorage } from '../storage/memory.js';
import type { ArchiveStore, KeyvalStore } from '../storage/storage.js';
import { Dialogue, type Actor } from '../testing/dialogue.js';

const domain = 'verona.lit';

/** Storage that knows which stores there are. */
class ListedStorage extends MemoryStorage {
  readonly #values = new Set<string>();
  readonly #archives = new Set<string>();

  override keyval<T>(host: string, name: string, schema: ZodType<T>): KeyvalStore<T> {
    this.#values.add(`${host}/${name}`);
    return super.keyval(host, name, schema);
  }

  override archive(host: string, name: string): ArchiveStore {
    this.#archives.add(`${host}/${name}`);
    return super.archive(host, name);
  }

  /** Stores that have something of an account. */
  async storesOf(username: string): Promise<readonly string[]> {
    const isMeant = (owner: string): boolean => owner === username || owner === `${username}@${domain}`;
    const found: string[] = [];
    for (const key of this.#values) {
      const [host = '', ...name] = key.split('/');
      const owners = await super.keyval(host, name.join('/'), z.unknown()).users();
      if (owners.some(isMeant)) found.push(key);
    }
    for (const key of this.#archives) {
      const [host = '', ...name] = key.split('/');
      if ((await super.archive(host, name.join('/')).users()).some(isMeant)) found.push(key);
    }
    return found;
  }
}

let directory: string;
let storage: ListedStorage;
let stage: Dialogue;
let romeo: Actor;
let juliet: Actor;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'xmpp-removal-'));
  storage = new ListedStorage();
  const uploads = { directory, url: 'https://verona.lit/upload' };
  stage = await Dialogue.open(() => conferencingLayout(domain, { uploads, pubsub: true }), storage);
  romeo = await (await stage.client('romeo', 'orchard')).comesOnline();
  juliet = await (await (await stage.client('juliet', 'balcony')).comesOnline()).asksForRoster();
});

afterEach(() => {
  stage.close();
  rmSync(directory, { recursive: true });
});

const iq = (type: string, payload: string, to = '') =>
  `<iq type='${type}' id='1' ${to === '' ? '' : `to='${to}'`}>${payload}</iq>`;

/** Leaves traces wherever an account can. */
async function lives(): Promise<void> {
  const ns = 'http://jabber.org/protocol/pubsub';
  const item = "<item id='1'><x xmlns='x'/></item>";
  for (const stanza of [
    `<presence to='juliet@${domain}' type='subscribe'/>`,
    iq('set', "<vCard xmlns='vcard-temp'><FN>Romeo</FN></vCard>"),
    iq('set', "<query xmlns='jabber:iq:private'><x xmlns='x'>note</x></query>"),
    iq('set', "<block xmlns='urn:xmpp:blocking'><item jid='tybalt@verona.lit'/></block>"),
    iq('set', "<enable xmlns='urn:xmpp:push:0' jid='push.example' node='n'/>"),
    iq('set', "<prefs xmlns='urn:xmpp:mam:2' default='always'/>"),
    `<message to='juliet@${domain}' type='chat'><body>Hist!</body></message>`,
    iq('set', `<pubsub xmlns='${ns}'><publish node='tune'>${item}</publish></pubsub>`),
    iq(
      'set',
      `<pubsub xmlns='${ns}'><publish node='urn:xmpp:bookmarks:1'><item id='hall@conference.${domain}'>
        <conference xmlns='urn:xmpp:bookmarks:1'/></item></publish></pubsub>`,
    ),
    iq('set', `<pubsub xmlns='${ns}'><create node='his'/></pubsub>`, `pubsub.${domain}`),
    iq(
      'get',
      "<request xmlns='urn:xmpp:http:upload:0' filename='a' size='5' content-type='text/plain'/>",
      `upload.${domain}`,
    ),
    "<presence type='unavailable'/>",
  ]) {
    await romeo.sends(stanza);
  }
  await juliet.sends(`<presence to='${romeo.bare}' type='subscribed'/>`);
  await juliet.sends(`<message to='${romeo.bare}' type='chat'><body>Later</body></message>`);
  await expect.poll(() => storage.storesOf('romeo')).toContain(`upload.${domain}/uploads`);
}

it('is nothing, in whatever store and on whatever host', async () => {
  await lives();
  const before = await storage.storesOf('romeo');
  for (const name of [
    'roster',
    'vcard',
    'private',
    'blocklist',
    'push',
    'pep',
    'pep_tune',
    'last_activity',
    'offline',
  ]) {
    expect(before).toContain(`${domain}/${name}`);
  }
  await stage.removeAccount('romeo');
  await expect.poll(() => storage.storesOf('romeo')).toEqual([]);
  const resting = storage.keyval(domain, 'retired_names', z.unknown());
  expect(await resting.users()).toEqual(['removed:romeo']);
  expect(await storage.keyval(`pubsub.${domain}`, 'pubsub_nodes', z.unknown()).users()).toEqual([]);
});

it('is told to contacts, for whom it is as if the account had ended it', async () => {
  await lives();
  juliet.ignoresAll();
  await stage.removeAccount('romeo');
  const types = juliet.inbox
    .filter(({ name }) => name === 'presence')
    .map(({ attrs }) => String(attrs['type']));
  expect(types).toContain('unsubscribe');
  await juliet.sends(iq('get', "<query xmlns='jabber:iq:roster'/>"));
  expect(String(juliet.inbox.at(-1))).not.toContain('subscription="from"');
});
