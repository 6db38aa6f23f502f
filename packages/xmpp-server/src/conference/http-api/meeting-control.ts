/** What operators may do in rooms (Jitsi's `muc_end_meeting`, `muc_kick_participant`, `system_chat_message`): end them, remove people, say something. */
import { z } from 'zod';
import { Broadcast } from '../../muc/broadcast.js';
import { deliver } from '../../muc/delivery.js';
import type { Muc } from '../../muc/index.js';
import { destroyRoom } from '../../muc/leaving.js';
import { changeRole } from '../../muc/standing.js';
import { isCaller } from '../callers.js';
import { nameOf } from '../display-name.js';
import { jsonMessage } from '../json-message.js';
import { answer, json, type Operations } from './answers.js';
import { isAnswer, people, roomAsked, roomAt } from './rooms.js';

const whom = z
  .object({ number: z.string().min(1).max(64).optional(), participantId: z.string().min(1).optional() })
  .refine(({ number, participantId }) => (number === undefined) !== (participantId === undefined));

const chatMessage = z.object({
  room: z.string(),
  message: z.string().min(1).max(4096),
  connectionJIDs: z.array(z.string()).min(1).max(1000),
  displayName: z.string().max(128).optional(),
});

export function meetingControl(muc: Muc, domain: string): Operations {
  return {
    'POST /end-meeting': ({ query }) => {
      const address = query.get('conference');
      if (address === null || address === '') return answer(400, 'no conference');
      const room = roomAt(muc, address);
      if (room === undefined) return answer(404);
      // Clients go to the alternative: it is the same room, anew.
      const again = query.get('silent-reconnect') === 'true' ? room.jid.toString() : undefined;
      muc.log.info({ room: room.jid.toString() }, 'an operator ends a conference');
      destroyRoom(muc, room, 'The meeting has been terminated', again);
      return answer(200);
    },

    'PUT /kick-participant': (request) => {
      const { data } = whom.safeParse(request.body);
      if (data === undefined) return answer(400, 'number or participantId');
      const room = roomAsked(muc, domain, request);
      if (isAnswer(room)) return room;
      const { number, participantId } = data;
      const found = people(muc, room).find((occupant) =>
        number === undefined
          ? occupant.nick === participantId
          : isCaller(occupant) && nameOf(occupant).startsWith(number),
      );
      if (found === undefined) return answer(404);
      muc.log.info({ occupant: found.jid.toString() }, 'an operator removes somebody from a conference');
      changeRole(muc, room, found, 'none', {});
      return answer(200);
    },

    'POST /send-system-chat-message': ({ body }) => {
      const { data } = chatMessage.safeParse(body);
      if (data === undefined) return answer(400, 'room, message and connectionJIDs are needed');
      const { message, displayName, connectionJIDs } = data;
      const room = roomAt(muc, data.room);
      if (room === undefined) return answer(404);
      const wanted = new Set(connectionJIDs);
      const sessions = [...room.sessions()].filter(({ jid }) => wanted.has(jid.toString()));
      const payload = {
        type: 'system_chat_message',
        message,
        ...(displayName === undefined ? {} : { displayName }),
      };
      deliver(muc, sessions, new Broadcast(jsonMessage(room.jid.toString(), payload)));
      return json({ sent: sessions.length });
    },
  };
}
