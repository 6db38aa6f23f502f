/**
 * Avatars (XEP-0084), the same in an account's nodes, in its vCard and in its presence (XEP-0398, XEP-0153): a client needs to
 * know only one of the ways.
 */
import { z } from 'zod';
import { attribute, el, isStanzaError, parseJid, type Element, type Jid } from '@conclave/signaling';
import { defineModule } from '../host/module.js';
import { InTurn } from '../storage/in-turn.js';
import {
  announced,
  dataNode,
  encodeData,
  encodeMetadata,
  encodePhoto,
  metadataNode,
  photoAmong,
  photoOf,
  withHash,
  withoutPhoto,
  type Photo,
} from './avatars/photo.js';
import type { PersonalEventing } from './pep.js';
import { pubsubNamespace } from './pubsub/namespaces.js';

export const avatars = defineModule({
  name: 'avatars',
  needs: ['pep'],
  options: z.strictObject({}),
  load({ host, onUnload, module }) {
    const personal = module<PersonalEventing>('pep');
    const inTurn = new InTurn();
    /** Of accounts that are online: the hash of the picture that everybody may see, if there is one. */
    const hashes = new Map<string, string>();
    /** Of presences that have got a hash, what the client has said itself. */
    const said = new WeakMap<Element, Element>();
    const anybody = parseJid(host.name);

    const storedVcard = async (username: string): Promise<Element | undefined> =>
      host.hooks.emit('vcard-stored', { username });

    const publish = async (username: string, node: string, id: string, payload: Element): Promise<void> => {
      const item = el('item', { id }, payload);
      const done = await personal.request(
        username,
        'set',
        el('pubsub', { xmlns: pubsubNamespace.requests }, el('publish', { node }, item)),
      );
      if (isStanzaError(done))
        host.log.debug({ username, node, condition: done.condition }, 'no avatar was published');
    };

    /** The account's picture as far as somebody may see it in its nodes. */
    const visible = async (username: string, reader: Jid): Promise<Photo | undefined> => {
      const current = announced(await personal.items(username, metadataNode, reader));
      if (current === undefined) return undefined;
      return photoAmong(await personal.items(username, dataNode, reader), current);
    };

    const publishPhoto = async (
      username: string,
      before: Photo | undefined,
      after: Photo | undefined,
    ): Promise<void> => {
      if (after?.hash === before?.hash) return;
      if (after !== undefined) await publish(username, dataNode, after.hash, encodeData(after));
      await publish(username, metadataNode, after?.hash ?? 'none', encodeMetadata(after));
    };

    /** A picture that is older than the one in the nodes does not stay in the vCard, where everybody sees it. */
    const followNodes = async (username: string, id: string): Promise<void> => {
      const vcard = await storedVcard(username);
      const old = photoOf(vcard);
      if (vcard !== undefined && old !== undefined && old.hash !== id) {
        await host.hooks.emit('vcard-change', { username, vcard: withoutPhoto(vcard) });
      }
    };

    const refresh = async (username: string, account: Jid): Promise<void> => {
      const current = photoOf(await storedVcard(username)) ?? (await visible(username, anybody));
      const before = hashes.get(username);
      if (current === undefined || host.sessions(account).length === 0) hashes.delete(username);
      else hashes.set(username, current.hash);
      if (hashes.get(username) !== before) renew(account);
    };

    /** Who sees the account's presence learns of another picture by it (XEP-0153 s.4.1). */
    const renew = (account: Jid): void => {
      for (const session of host.sessions(account)) {
        const { presence, priority } = session;
        if (presence === undefined) continue;
        const stanza = complete(said.get(presence) ?? presence, account.local);
        if (stanza === presence) continue;
        session.renewPresence(stanza);
        host.hooks.emit('client-presence', { session, stanza, before: priority, directed: new Set() });
      }
    };

    const later = (account: Jid, work: (username: string) => Promise<void>): void => {
      const username = account.local ?? '';
      inTurn
        .run(username, async () => {
          await work(username);
          await refresh(username, account);
        })
        .catch((error: unknown) =>
          host.log.error({ err: error, username }, 'an avatar could not be converted'),
        );
    };

    const accountOf = (username: string): Jid => parseJid(`${username}@${host.name}`);

    onUnload(
      host.hooks.on('vcard-read', ({ username, reader, vcard, add }) => {
        if (photoOf(vcard) !== undefined) return;
        add(visible(username, reader).then((found) => (found === undefined ? [] : [encodePhoto(found)])));
      }),
    );
    onUnload(
      host.hooks.on('vcard-written', ({ username, before, vcard }) =>
        later(accountOf(username), () => publishPhoto(username, photoOf(before), photoOf(vcard))),
      ),
    );
    onUnload(
      host.hooks.on('personal-event', ({ account, event }) => {
        if (event.node.name !== metadataNode && event.node.name !== dataNode) return;
        const isNew = event.kind === 'published' && event.node.name === metadataNode;
        later(account, async (username) => {
          if (isNew) await followNodes(username, event.item.id);
        });
      }),
    );
    onUnload(host.hooks.on('session-bound', ({ jid }) => later(jid.bare, () => Promise.resolve())));
    onUnload(
      host.hooks.on('session-ended', ({ jid }) => {
        if (host.sessions(jid).length === 0) hashes.delete(jid.local ?? '');
      }),
    );
    const complete = (stanza: Element, username: string | undefined): Element => {
      const hash = hashes.get(username ?? '');
      const isAvailable = stanza.name === 'presence' && attribute(stanza, 'type') === undefined;
      if (hash === undefined || !isAvailable) return stanza;
      const completed = withHash(stanza, hash);
      if (completed !== stanza) said.set(completed, stanza);
      return completed;
    };
    onUnload(
      host.hooks.on('outgoing', (event) => {
        event.stanza = complete(event.stanza, event.from.local);
        return undefined;
      }),
    );
    onUnload(
      host.hooks.on('own-presence', (event) => {
        event.stanza = complete(event.stanza, event.session.jid.local);
      }),
    );
    onUnload(host.disco.accountFeature('urn:xmpp:pep-vcard-conversion:0'));
  },
});
