/** A picture as a vCard has it (XEP-0153) and as nodes have it (XEP-0084), and each made of the other. */
import { createHash } from 'node:crypto';
import { attribute, el, type Element } from '@conclave/signaling';
import { withAttributes } from '../../stream/with-attributes.js';
import type { Item } from '../pubsub/node.js';
import { parse } from 'ltx';

export const dataNode = 'urn:xmpp:avatar:data';
export const metadataNode = 'urn:xmpp:avatar:metadata';
const updateNamespace = 'vcard-temp:x:update';

export interface Photo {
  readonly type: string;
  readonly base64: string;
  readonly bytes: number;
  /** SHA-1 of the picture, in hexadecimal: what it is known by. */
  readonly hash: string;
}

function photo(type: string, text: string): Photo | undefined {
  const picture = Buffer.from(text, 'base64');
  if (picture.length === 0) return undefined;
  const hash = createHash('sha1').update(picture).digest('hex');
  return { type, base64: picture.toString('base64'), bytes: picture.length, hash };
}

/** The picture in a vCard. */
export function photoOf(vcard: Element | undefined): Photo | undefined {
  const found = vcard?.getChild('PHOTO');
  const type = found?.getChildText('TYPE') ?? '';
  return photo(type.startsWith('image/') ? type : 'image/png', found?.getChildText('BINVAL') ?? '');
}

export function encodePhoto({ type, base64 }: Photo): Element {
  return el('PHOTO', {}, el('TYPE', {}, type), el('BINVAL', {}, base64));
}

export function withoutPhoto(vcard: Element): Element {
  const copy = withAttributes(vcard, {});
  copy.children = vcard.children.filter((child) => typeof child === 'string' || child.name !== 'PHOTO');
  return copy;
}

export function encodeData({ base64 }: Photo): Element {
  return el('data', { xmlns: dataNode }, base64);
}

/** @param current undefined: the account has no picture any more */
export function encodeMetadata(current: Photo | undefined): Element {
  const info =
    current === undefined
      ? undefined
      : el('info', { id: current.hash, type: current.type, bytes: current.bytes });
  return el('metadata', { xmlns: metadataNode }, info);
}

/** What the newest metadata says: the hash of the picture and its type. */
export function announced(
  items: readonly Item[],
): { readonly hash: string; readonly type: string } | undefined {
  const last = items.at(-1);
  const infos = last === undefined || last.xml === '' ? [] : parse(last.xml).getChildren('info');
  // Those with a URL are elsewhere.
  const info = infos.find((one) => attribute(one, 'url') === undefined);
  const hash = info && attribute(info, 'id');
  const type = (info && attribute(info, 'type')) ?? 'image/png';
  return hash === undefined || !/^[0-9a-f]{40}$/i.test(hash) ? undefined : { hash, type };
}

/** The picture among the data, if it is the one that the hash stands for. */
export function photoAmong(
  items: readonly Item[],
  { hash, type }: { hash: string; type: string },
): Photo | undefined {
  const item = items.find(({ id }) => id === hash);
  const found = item === undefined || item.xml === '' ? undefined : photo(type, parse(item.xml).getText());
  return found?.hash === hash.toLowerCase() ? found : undefined;
}

/** The presence with the hash of its sender's picture, unless the client says one itself. */
export function withHash(presence: Element, hash: string): Element {
  const isUpdate = (child: Element | string): boolean =>
    typeof child !== 'string' && child.is('x', updateNamespace);
  if (presence.getChild('x', updateNamespace)?.getChild('photo') !== undefined) return presence;
  const copy = withAttributes(presence, {});
  copy.children = [
    ...presence.children.filter((child) => !isUpdate(child)),
    el('x', { xmlns: updateNamespace }, el('photo', {}, hash)),
  ];
  return copy;
}
