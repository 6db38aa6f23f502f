/**
 * Files that people in a conference share (Jitsi's `file-sharing`): what they are called and who has shared them. The files themselves lie on a service of HTTP: the one
 * that is built in, which lets nothing be shared that is not there, or one elsewhere, of which this knows nothing. They go with the meeting.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { attribute, type Element, type Jid, NS, stanzaError, type StanzaError } from '@conclave/signaling';
import { z } from 'zod';
import type { StanzaEvent } from '../host/host.js';
import { defineModule, type ModuleContext } from '../host/module.js';
import type { Muc, Room } from '../muc/index.js';
import type { Occupant } from '../muc/occupant.js';
import { Component, componentOptions, type Seat } from './component.js';
import { shownName } from './display-name.js';
import { type Described, describeFile, fileDescription } from './file-sharing/description.js';
import { FileHttp } from './file-sharing/http.js';
import { SharedFiles } from './file-sharing/shared-files.js';
import { jsonOf } from './json-message.js';
import type { Permissions } from './permissions.js';
import type { ShortLivedTokens } from './short-lived-tokens.js';

const mebibyte = 1024 * 1024;
const count = z.int().positive();

const options = z.strictObject({
  ...componentOptions,
  /** Files a room. */
  files: count.default(128),
  /** The service that keeps the files, where it is this server. */
  service: z
    .strictObject({
      /** Where they lie; nothing else may be there. */
      directory: z.string(),
      /** Where the service is reached from outside. Default: where a request came. */
      url: z.url({ protocol: /^https?$/ }).optional(),
      /** Bytes of a file, of all files of a meeting, and of all files. */
      fileSize: count.default(50 * mebibyte),
      meetingSize: count.default(500 * mebibyte),
      size: count.default(2048 * mebibyte),
      /** What the names of files may end with, without the dot. Default: anything. */
      endings: z.array(z.string().regex(/^[a-z0-9]{1,16}$/)).optional(),
      /** Files that somebody may bring at the same time. */
      atATime: count.default(4),
      /** Seconds that the address of a file is good. */
      addressLifetime: count.default(60),
      /** Milliseconds without a byte after which an upload is given up. */
      stall: count.default(30_000),
    })
    .optional(),
});
type Settings = z.output<typeof options>;

type SharedFile = Described & Readonly<Record<string, string | number>>;

/** What the module offers: the handler of the service, for an HTTP server to call; undefined: there is none. */
export interface FileService {
  handle(request: IncomingMessage, response: ServerResponse): void;
}

const audience = 'file-sharing';
const feature = 'file-upload';

/** Somebody who shares, or takes back. */
interface Sharer {
  readonly room: Room;
  readonly occupant: Occupant;
  /** Real full JID. */
  readonly jid: Jid;
}

export const fileSharing = defineModule<Settings, FileService | undefined>({
  name: 'file-sharing',
  needs: ['muc', 'permissions'],
  permanent: true,
  options,
  load(context, settings) {
    const muc = context.module<Muc>('muc');
    const permissions = context.module<Permissions>('permissions');
    const component = new Component(context, 'file-sharing', settings);
    const filesOf = new WeakMap<Room, Map<string, SharedFile>>();
    const stored = storeOf(settings);

    const tellOthers = ({ room, jid }: Sharer, payload: Readonly<Record<string, unknown>>): void => {
      const others = [...room.sessions()].filter(
        (each) => !each.jid.equals(jid) && !muc.isAdmin(each.jid.bare),
      );
      component.tell(muc, others, { type: 'file-sharing', ...payload });
    };

    const share = (sharer: Sharer, described: Described): StanzaError | undefined => {
      const { room, occupant, jid } = sharer;
      const files = filesOf.get(room) ?? new Map<string, SharedFile>();
      filesOf.set(room, files);
      if (files.has(described.fileId)) return stanzaError('conflict');
      if (files.size >= settings.files) return stanzaError('resource-constraint', 'Too many files');
      const file: SharedFile = {
        ...described,
        authorParticipantId: occupant.nick,
        authorParticipantJid: (room.keepsNamesFrom === undefined ? jid : occupant.jid).toString(),
        authorParticipantName: shownName(room, occupant),
        conferenceFullName: room.jid.toString(),
      };
      files.set(file.fileId, file);
      tellOthers(sharer, { event: 'add', file });
      return undefined;
    };

    const add = (sharer: Sharer, said: Element): StanzaError | undefined => {
      const parsed = fileDescription.safeParse(jsonOf(said, maxDescription));
      if (!parsed.success) return stanzaError('bad-request');
      if (stored === undefined) return share(sharer, parsed.data);
      // It was shared when it had come; clients say so once more.
      const isOwn = stored.find(sharer.room, parsed.data.fileId)?.author === sharer.jid.toString();
      return isOwn ? undefined : stanzaError('item-not-found', 'There is no such file');
    };

    const remove = (sharer: Sharer, fileId: string): StanzaError | undefined => {
      if (filesOf.get(sharer.room)?.delete(fileId) !== true) return stanzaError('item-not-found');
      tellOthers(sharer, { event: 'remove', fileId });
      stored?.remove(sharer.room, fileId).catch(logFailure(context));
      return undefined;
    };

    const receive = (event: StanzaEvent, said: Element): StanzaError | undefined => {
      const seat = component.seat(event);
      const mayShare = seat && permissions.allow(seat.room, seat.occupant, feature);
      if (seat === undefined || mayShare !== true) return stanzaError('forbidden');
      switch (attribute(said, 'type')) {
        case 'add':
          return add(sharerOf(seat), said);
        case 'remove':
          return remove(sharerOf(seat), attribute(said, 'fileId') ?? '');
        default:
          return stanzaError('bad-request');
      }
    };

    context.onUnload(component.commands('file-sharing', NS.jitmeet, receive));
    context.onUnload(
      muc.hooks.on('entered', ({ room, occupant, session }) => {
        const files = filesOf.get(room);
        if (files === undefined || files.size === 0 || muc.isAdmin(occupant.person)) return;
        const list = { type: 'file-sharing', event: 'list', files: Object.fromEntries(files) };
        component.tell(muc, [session], list);
      }),
    );
    if (stored === undefined || settings.service === undefined) return undefined;
    context.onUnload(
      muc.hooks.on('room-gone', (room) => void stored.forget(room).catch(logFailure(context))),
    );
    const { endings, fileSize, ...rest } = settings.service;
    const main = context.neighbour(settings.announcedBy);
    return new FileHttp({
      ...rest,
      fileSize,
      files: stored,
      url: rest.url?.replace(/\/$/, ''),
      log: context.host.log,
      bearer: async (token) => main.offered<ShortLivedTokens>('short-lived-tokens')?.verify(token, audience),
      mayShare: ({ room, occupant }) => permissions.allow(room, occupant, feature),
      describe: (metadata) => describeFile(metadata, endings),
      shared: (bearer, described) => share(bearer, described) === undefined,
      remove: (bearer, fileId) => void remove(bearer, fileId),
    });
  },
});

const maxDescription = 4096;

function sharerOf({ room, occupant, session }: Seat): Sharer {
  return { room, occupant, jid: session.jid };
}

function storeOf({ service, files }: Settings): SharedFiles | undefined {
  if (service === undefined) return undefined;
  const { directory, fileSize, meetingSize, size } = service;
  return new SharedFiles(directory, { file: fileSize, meeting: meetingSize, all: size, files });
}

function logFailure({ host }: ModuleContext): (error: unknown) => void {
  return (error) => host.log.error({ err: error }, 'shared files could not be removed');
}
