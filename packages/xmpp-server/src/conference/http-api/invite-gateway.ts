/** Operators have somebody called into a conference (Jitsi's `muc_jigasi_invite`), by the SIP gateway in the brewery with the least to do. */
import { randomUUID } from 'node:crypto';
import { decodeBridgeStats, el, encodeDial, type Jid, NS, ROOM_HEADER } from '@conclave/signaling';
import { z } from 'zod';
import type { Muc, Room } from '../../muc/index.js';
import type { Occupant } from '../../muc/occupant.js';
import { Attempts } from '../attempts.js';
import { answer, type Operations } from './answers.js';
import { roomAt } from './rooms.js';

/** A number, or a SIP address; nothing that could be more than one. */
const invitation = z.object({
  conference: z.string(),
  phoneNo: z.string().regex(/^\+?[\w.@:-]{2,128}$/),
});

const minute = 60_000;

/** @param brewery the room of the gateways @param calls a minute of one room @param expect told of each */
export function gatewayInvitations(
  muc: Muc,
  gateways: () => Muc | undefined,
  brewery: Jid,
  calls: number,
  expect: (room: Room) => void,
): Operations {
  const dialled = new Attempts(calls, minute);

  const stress = ({ primary }: Occupant): number | undefined => {
    const stats = decodeBridgeStats(primary.presence);
    if (stats?.['supports_sip'] !== 'true' || stats['graceful_shutdown'] === 'true') return undefined;
    return Number(stats['stress_level'] ?? 0) || 0;
  };

  return {
    'POST /invite-jigasi': ({ body }) => {
      const { data } = invitation.safeParse(body);
      if (data === undefined) return answer(400, 'conference and phoneNo are needed');
      const room = roomAt(muc, data.conference);
      const service = gateways();
      const there = [...(service?.room(brewery)?.occupants ?? [])];
      const focus = there.find(({ person }) => service?.isAdmin(person));
      const [gateway] = there
        .flatMap((occupant) => {
          const load = stress(occupant);
          return load === undefined || occupant === focus ? [] : [{ occupant, load }];
        })
        .sort((a, b) => a.load - b.load);
      if (room === undefined) return answer(404);
      if (service === undefined || focus === undefined || gateway === undefined)
        return answer(404, 'no gateway');
      if (!dialled.take(room.jid.toString(), muc.now())) return answer(429);
      const dial = encodeDial({ to: data.phoneNo, headers: { [ROOM_HEADER]: room.jid.toString() } });
      expect(room);
      // Gateways are asked by whom they know, the focus.
      const to = gateway.occupant.primary.jid.toString();
      service.route(
        el('iq', { xmlns: NS.client, type: 'set', id: randomUUID(), from: focus.jid.toString(), to }, dial),
      );
      muc.log.info({ room: room.jid.toString(), gateway: to }, 'an operator has somebody called');
      return answer(200);
    },
  };
}
