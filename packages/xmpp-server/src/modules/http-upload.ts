/** HTTP File Upload (XEP-0363): slots for the accounts of this service, within what each may keep. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  attribute,
  el,
  formTypeField,
  stanzaError,
  type Element,
  type StanzaError,
} from '@conclave/signaling';
import { z } from 'zod';
import type { IqReply, IqRequest } from '../host/host.js';
import { defineModule } from '../host/module.js';
import { onAccountRemoval } from './account-removals.js';
import { InTurn } from '../storage/in-turn.js';
import type { ArchiveItem } from '../storage/storage.js';
import { timeOf, timeOrderedId } from '../storage/time-ordered-id.js';
import { Files } from './http-upload/files.js';
import { strictlyEncoded, uploadHandler } from './http-upload/http.js';
import { newSlotId, slotTime, SlotTokens, type Slot } from './http-upload/slot.js';

const namespace = 'urn:xmpp:http:upload:0';
const mebibyte = 1024 * 1024;
const day = 86_400_000;
const hour = 3_600_000;

const count = z.int().positive();
const options = z.strictObject({
  /** Where the handler is reached from outside: slots are below it. */
  url: z.url({ protocol: /^https?$/ }),
  /** Where files are kept; nothing else may be there. */
  directory: z.string(),
  /** Domains whose accounts may upload. */
  domains: z.array(z.string()),
  maxFileSize: count.default(10 * mebibyte),
  /** Bytes that an account may have here at a time. */
  quota: count.default(100 * mebibyte),
  /** Bytes that an account may send in a day. */
  dailyQuota: count.default(100 * mebibyte),
  /** Bytes of all files. */
  maxBytes: count.default(2 * 1024 * mebibyte),
  /** Slots of an account within the lifetime of files. */
  maxSlots: count.default(1_000),
  /** Days that a file is kept. */
  days: count.default(7),
  /** Media types that may be uploaded; a type ends with `/*` for all of its kind. */
  types: z.array(z.string()).default(['*/*']),
  /** Seconds that a slot is good for. */
  slotLifetime: count.default(600),
  /** Milliseconds without a byte after which an upload is given up. */
  stall: count.default(30_000),
});

/** What the module offers: the handler of `url`, for an HTTP server to call. */
export interface UploadService {
  handle(request: IncomingMessage, response: ServerResponse): void;
}

const storedSlot = z.object({
  id: z.string(),
  name: z.string(),
  size: z.int(),
  type: z.string(),
  owner: z.string(),
});

export const httpUpload = defineModule({
  name: 'http-upload',
  options,
  load({ host, storage, onUnload, neighbour }, settings): UploadService {
    const slots = storage.keyval('upload_slots', storedSlot);
    /** The slots of each account, with their sizes. */
    const usage = storage.archive('uploads');
    const inTurn = new InTurn();
    const tokens = new SlotTokens(settings.slotLifetime);
    const lifetime = settings.days * day;
    const opened = Files.open(settings.directory, settings.maxBytes);
    const logFailure = (error: unknown): void => host.log.error({ err: error }, 'uploads failed');
    const url = settings.url.replace(/\/$/, '');

    const request = ({ payload, from }: IqRequest): IqReply | Promise<IqReply> => {
      const mayUpload = from.local !== undefined && settings.domains.includes(from.domain);
      if (!mayUpload) return stanzaError('forbidden');
      const owner = from.bare.toString();
      return inTurn.run(owner, () => grant(payload, owner, Date.now()));
    };

    const grant = async (payload: Element, owner: string, now: number): Promise<IqReply> => {
      const wanted = decodeRequest(payload, { id: newSlotId(now), owner }, settings);
      if ('condition' in wanted) return wanted;
      const kept = await usage.find(owner, { start: now - lifetime, limit: settings.maxSlots });
      const today = kept.filter(({ id }) => (timeOf(id) ?? 0) > now - day);
      const files = await opened;
      if (sizeOf(today) + wanted.size > settings.dailyQuota) return noRoom(today[0], day);
      if (kept.length >= settings.maxSlots || sizeOf(kept) + wanted.size > settings.quota) {
        return noRoom(kept[0], lifetime);
      }
      if (!files.hasSpace) return noRoom(undefined, 0);
      await usage.append(owner, { id: timeOrderedId(now), with: owner, value: String(wanted.size) });
      await slots.set(wanted.id, wanted);
      const address = `${url}/${wanted.id}/${strictlyEncoded(wanted.name)}`;
      const authorization = el('header', { name: 'Authorization' }, `Bearer ${tokens.issue(wanted, now)}`);
      return el(
        'slot',
        { xmlns: namespace },
        el('put', { url: address }, authorization),
        el('get', { url: address }),
      );
    };

    const expire = (): void => {
      const before = Date.now() - lifetime;
      opened
        .then(async (files) => {
          await files.expire(before);
          await usage.expire(before);
          for (const id of await slots.users()) {
            if ((slotTime(id) ?? 0) < before) await slots.remove(id);
          }
        })
        .catch(logFailure);
    };

    /** Whoever has the name of an account next must not be taken for who has shared these. */
    const forget = async (owner: string): Promise<void> => {
      const files = await opened;
      await inTurn.run(owner, async () => {
        for (const id of await slots.users()) {
          if ((await slots.get(id))?.owner !== owner) continue;
          await files.remove(id);
          await slots.remove(id);
        }
        await usage.remove(owner, {});
      });
    };

    onUnload(host.disco.identity({ category: 'store', type: 'file', name: 'File upload' }));
    onUnload(host.disco.feature(namespace));
    onUnload(
      host.disco.form({
        type: 'result',
        fields: [
          formTypeField(namespace),
          { var: 'max-file-size', type: 'text-single', values: [String(settings.maxFileSize)] },
        ],
      }),
    );
    onUnload(host.iq.handle('host', 'get', 'request', namespace, request));
    onAccountRemoval({ neighbour, onUnload }, settings.domains, forget);
    expire();
    const timer = setInterval(expire, hour);
    timer.unref();
    onUnload(() => clearInterval(timer));

    const handler = opened.then((files) =>
      uploadHandler({
        files,
        tokens,
        describe: (id) => slots.get(id),
        lifetime,
        stall: settings.stall,
        log: host.log,
      }),
    );
    handler.catch(logFailure);
    return {
      handle: (incoming, response) => {
        handler.then(
          (handle) => handle(incoming, response),
          () => response.writeHead(503).end(),
        );
      },
    };
  },
});

function sizeOf(slots: readonly ArchiveItem[]): number {
  return slots.reduce((sum, { value }) => sum + Number(value), 0);
}

/** @param oldest what goes first @param after how many milliseconds (s.5: when it is worth while to try again) */
function noRoom(oldest: ArchiveItem | undefined, after: number): StanzaError {
  const made = oldest === undefined ? undefined : timeOf(oldest.id);
  const stamp = made === undefined ? undefined : new Date(made + after).toISOString();
  const retry = stamp === undefined ? [] : [el('retry', { xmlns: namespace, stamp })];
  return { ...stanzaError('resource-constraint', 'No room for more', ...retry), type: 'wait' };
}

type Limits = Pick<z.output<typeof options>, 'maxFileSize' | 'types'>;

function decodeRequest(
  request: Element,
  known: { readonly id: string; readonly owner: string },
  { maxFileSize, types }: Limits,
): Slot | StanzaError {
  const name = attribute(request, 'filename') ?? '';
  const size = attribute(request, 'size') ?? '';
  // Parameters, such as a character set, are the file's own affair.
  const [type = ''] = (attribute(request, 'content-type') ?? 'application/octet-stream')
    .toLowerCase()
    .split(/\s*;/);
  // What stands in a path and in a header must be a name and nothing more.
  if (name === '' || name.length > 255 || /[/\\\p{Cc}\p{Cs}]/u.test(name) || /^\.+$/.test(name)) {
    return stanzaError('bad-request', 'Not a name of a file');
  }
  if (!/^[1-9]\d{0,14}$/.test(size)) return stanzaError('bad-request', 'Not a size');
  if (Number(size) > maxFileSize) {
    const limit = el('max-file-size', {}, String(maxFileSize));
    return stanzaError('not-acceptable', 'Too large', el('file-too-large', { xmlns: namespace }, limit));
  }
  if (!/^[\w.+-]{1,100}\/[\w.+-]{1,100}$/.test(type)) return stanzaError('bad-request', 'Not a media type');
  const kinds = [type, `${type.split('/')[0] ?? ''}/*`, '*/*'];
  if (!types.some((each) => kinds.includes(each)))
    return stanzaError('not-acceptable', 'Not a type that is taken');
  return { ...known, name, size: Number(size), type };
}
