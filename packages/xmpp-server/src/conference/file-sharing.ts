/**
 * Files that people in a conference share (Jitsi's `file-sharing`): what they are called and who has shared them. The files themselves lie on a
 * service of its own, for which this says nothing.
 */
import { attribute, type Element, NS, stanzaError, type StanzaError } from '@conclave/signaling';
import { z } from 'zod';
import type { StanzaEvent } from '../host/host.js';
import { defineModule } from '../host/module.js';
import type { Muc, Room } from '../muc/index.js';
import { Component, componentOptions, type Seat } from './component.js';
import { shownName } from './display-name.js';
import { jsonOf } from './json-message.js';
import type { Permissions } from './permissions.js';

const options = z.strictObject({
  ...componentOptions,
  /** Files a room. */
  files: z.int().positive().default(128),
});

const maxDescription = 4096;

/** What a client says of a file; the rest the server knows better. */
const description = z.object({
  fileId: z.string().min(1).max(128),
  fileName: z.string().min(1).max(255),
  fileSize: z.number().nonnegative(),
  fileType: z.string().max(255),
  timestamp: z.number(),
});

type SharedFile = z.output<typeof description> & Readonly<Record<string, string | number>>;

export const fileSharing = defineModule<z.output<typeof options>>({
  name: 'file-sharing',
  needs: ['muc', 'permissions'],
  permanent: true,
  options,
  load(context, settings) {
    const muc = context.module<Muc>('muc');
    const permissions = context.module<Permissions>('permissions');
    const component = new Component(context, 'file-sharing', settings);
    const filesOf = new WeakMap<Room, Map<string, SharedFile>>();

    const tellOthers = ({ room, session }: Seat, payload: Readonly<Record<string, unknown>>): void => {
      const others = [...room.sessions()].filter((each) => each !== session && !muc.isAdmin(each.jid.bare));
      component.tell(muc, others, { type: 'file-sharing', ...payload });
    };

    const add = (seat: Seat, said: Element): StanzaError | undefined => {
      const { room, occupant } = seat;
      const parsed = description.safeParse(jsonOf(said, maxDescription));
      if (!parsed.success) return stanzaError('bad-request');
      const files = filesOf.get(room) ?? new Map<string, SharedFile>();
      filesOf.set(room, files);
      if (files.has(parsed.data.fileId)) return stanzaError('conflict');
      if (files.size >= settings.files) return stanzaError('resource-constraint', 'Too many files');
      const file: SharedFile = {
        ...parsed.data,
        authorParticipantId: occupant.nick,
        authorParticipantJid: occupant.primary.jid.toString(),
        authorParticipantName: shownName(room, occupant),
        conferenceFullName: room.jid.toString(),
      };
      files.set(file.fileId, file);
      tellOthers(seat, { event: 'add', file });
      return undefined;
    };

    const remove = (seat: Seat, fileId: string): StanzaError | undefined => {
      if (filesOf.get(seat.room)?.delete(fileId) !== true) return stanzaError('item-not-found');
      tellOthers(seat, { event: 'remove', fileId });
      return undefined;
    };

    const receive = (event: StanzaEvent, said: Element): StanzaError | undefined => {
      const seat = component.seat(event);
      const mayShare = seat && permissions.allow(seat.room, seat.occupant, 'file-upload');
      if (seat === undefined || mayShare !== true) return stanzaError('forbidden');
      switch (attribute(said, 'type')) {
        case 'add':
          return add(seat, said);
        case 'remove':
          return remove(seat, attribute(said, 'fileId') ?? '');
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
  },
});
