/** What happens in a conference beside the coming and going of people, as an operator's service is told: recordings, transcription, polls and, where it may hear that, what is said. */
import { attribute, NS } from '@conclave/signaling';
import { z } from 'zod';
import { stableIdBy } from '../../modules/archive/stable-id.js';
import type { Muc, Room } from '../../muc/index.js';
import { nameOf } from '../display-name.js';
import type {} from '../polls.js';
import type { RoomMetadata } from '../room-metadata.js';

interface Teller {
  readonly muc: Muc;
  /** Of the same service. */
  readonly metadata: () => RoomMetadata | undefined;
  /** Whether it is told what is said to all. What is said in private it is never told. */
  readonly chat: boolean;
  readonly tell: (room: Room, path: string, name: string, more: object) => void;
}

const transcription = z.object({ isTranscribingEnabled: z.boolean().default(false) }).catch({
  isTranscribingEnabled: false,
});

/** @returns what ends each */
export function watchHappenings({ muc, metadata, chat, tell }: Teller): (() => void)[] {
  const recorded = new WeakMap<Room, string>();
  const transcribed = new WeakSet<Room>();

  const undo = [
    // The focus says it in its presence.
    muc.hooks.on('presence-changed', ({ room, occupant, session }) => {
      const notice = session.presence.getChild('jibri-recording-status', NS.jibri);
      if (notice === undefined || !muc.isAdmin(occupant.person)) return;
      const said = (name: string): string | undefined => attribute(notice, name);
      const state = `${said('session_id') ?? ''} ${said('status') ?? ''}`;
      if (recorded.get(room) === state) return;
      recorded.set(room, state);
      const recording = {
        session_id: said('session_id'),
        mode: said('recording_mode'),
        initiator: said('initiator'),
        failure_reason: said('failure_reason'),
      };
      const isOn = said('status') === 'on';
      tell(room, `recording/${isOn ? 'started' : 'stopped'}`, `recording-${isOn ? 'started' : 'stopped'}`, {
        recording,
      });
    }),
    muc.hooks.on('metadata-changed', ({ room, key }) => {
      if (key !== 'recording') return;
      const { isTranscribingEnabled: isOn } = transcription.parse(metadata()?.get(room, key) ?? {});
      if (isOn === transcribed.has(room)) return;
      if (isOn) transcribed.add(room);
      else transcribed.delete(room);
      const what = isOn ? 'started' : 'stopped';
      tell(room, `transcription/${what}`, `transcription-${what}`, {});
    }),
    muc.hooks.on('polled', ({ room, occupant, poll }) => {
      const what = 'question' in poll ? 'created' : 'answered';
      tell(room, `poll/${what}`, `poll-${what}`, { poll: { ...poll, sender_id: occupant.nick } });
    }),
  ];
  if (!chat) return undo;
  const said = muc.hooks.on('said', ({ room, stanza, author }) => {
    const text = stanza.getChildText('body');
    const nick = String(stanza.attrs['from']).split('/', 2)[1] ?? '';
    const occupant = room.occupant(nick);
    if (!text || author === undefined || occupant === undefined || muc.isAdmin(author)) return;
    tell(room, 'chat/message', 'chat-message', {
      message: { id: stableIdBy(stanza, room.jid), text, sender_id: nick, sender_name: nameOf(occupant) },
    });
  });
  return [...undo, said];
}
