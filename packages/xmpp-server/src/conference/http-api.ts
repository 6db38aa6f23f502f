/**
 * What operators ask of conferences, and do to them, over HTTP (the endpoints of Jitsi's server modules). Only those who bear a token may, and
 * nothing is told to others, not even what there is. Where it is reached is up to whoever listens.
 */
import { makeJid } from '@conclave/signaling';
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import type { Muc } from '../muc/index.js';
import { Attempts } from './attempts.js';
import { answer, type ApiAnswer, type ApiRequest, json } from './http-api/answers.js';
import { bearerOptions, Bearers } from './http-api/bearers.js';
import { gatewayInvitations } from './http-api/invite-gateway.js';
import { meetingControl } from './http-api/meeting-control.js';
import { roomQueries } from './http-api/rooms.js';
import type { InvitedGateways } from './invited-gateways.js';

const options = z
  .strictObject({
    ...bearerOptions,
    /** The domain that queries name. */
    domain: z.string(),
    /** The service with the rooms of SIP gateways. */
    gateways: z.string(),
    limits: z
      .strictObject({
        /** Requests a minute of one address, and those of them without a good token. */
        requests: z.int().positive().default(1200),
        refused: z.int().positive().default(20),
        /** Calls a minute of one room. */
        calls: z.int().positive().default(10),
      })
      .prefault({}),
  })
  .refine(({ token, signed }) => (token ?? signed) !== undefined, 'token or signed is needed');

/** What the module offers to others. */
export interface ConferenceApi {
  /** @param sessions how many clients are connected */
  handle(request: ApiRequest, sessions: () => number): Promise<ApiAnswer>;
}

const minute = 60_000;

export const httpApi = defineModule<z.output<typeof options>, ConferenceApi>({
  name: 'http-api',
  needs: ['muc'],
  options,
  load(context, { domain, gateways, limits, ...bearing }) {
    const muc = context.module<Muc>('muc');
    const bearers = new Bearers(bearing);
    const requests = new Attempts(limits.requests, minute);
    const refused = new Attempts(limits.refused, minute);
    const operations = {
      ...roomQueries(muc, domain),
      ...meetingControl(muc, domain),
      ...gatewayInvitations(
        muc,
        () => context.neighbour(gateways).offered<Muc>('muc'),
        makeJid('jigasibrewery', gateways),
        limits.calls,
        (room) =>
          context.neighbour(context.host.name).offered<InvitedGateways>('invited-gateways')?.expect(room),
      ),
    };
    return {
      handle: async (request, sessions) => {
        const { method, path, authorization, address } = request;
        if (!requests.take(address, muc.now()) || refused.isSpent(address, muc.now())) return answer(429);
        if (!(await bearers.admit(authorization))) {
          refused.take(address, muc.now());
          return answer(401);
        }
        const key = `${method} ${path}`;
        if (key === 'GET /sessions') return json(sessions());
        const operation = Object.hasOwn(operations, key) ? operations[key] : undefined;
        return operation?.(request) ?? answer(404);
      },
    };
  },
});
