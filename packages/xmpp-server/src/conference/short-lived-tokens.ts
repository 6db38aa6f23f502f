/**
 * Tokens by which services beside a conference know who is in it (Jitsi's `short_lived_token`): JSON Web Tokens that soon expire, asked for as credentials of an external
 * service (XEP-0215) of the type `short-lived-token`, whose host is the audience. Only who is in a room gets one, for that room.
 */
import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Jid, parseJid, stanzaError } from '@conclave/signaling';
import { jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import type { IqRequest } from '../host/host.js';
import { defineModule } from '../host/module.js';
import type { ExternalServices, Issued } from '../modules/external-services.js';
import type { Muc, Room } from '../muc/index.js';
import type { Occupant } from '../muc/occupant.js';
import { claimOf } from './component.js';
import { shownName } from './display-name.js';
import type { MeetingId } from './meeting-id.js';
import type { Permissions } from './permissions.js';

const options = z.strictObject({
  /** The host of the rooms. */
  rooms: z.string(),
  /** `iss`. Default: this host. */
  issuer: z.string().min(1).optional(),
  /** Whom tokens may be for: names of services. */
  audiences: z.array(z.string().min(1)).default(['file-sharing']),
  /** PEM file with an RSA private key (RS256), for services that hold the public one. Default: a secret of this process, for its own. */
  keyFile: z.string().optional(),
  /** `kid`, by which a service finds the public key. */
  keyId: z.string().optional(),
  /** Seconds. */
  lifetime: z.int().min(30).max(86_400).default(600),
});

const type = 'short-lived-token';
const claims = z.object({ meeting_id: z.string(), occupant: z.string() });

/** Somebody who is in a room, as a token says and as it still is. */
export interface TokenBearer {
  readonly room: Room;
  readonly occupant: Occupant;
  /** Real full JID. */
  readonly jid: Jid;
  readonly meetingId: string;
}

/** What the module offers to others. */
export interface ShortLivedTokens {
  /** Who bears a token for this audience; undefined: nobody, or nobody who is still there. */
  verify(token: string, audience: string): Promise<TokenBearer | undefined>;
}

interface Keys {
  readonly algorithm: 'RS256' | 'HS256';
  readonly sign: KeyObject | Uint8Array;
  readonly verify: KeyObject | Uint8Array;
}

function keysOf(file: string | undefined): Keys {
  if (file === undefined) {
    const secret = new Uint8Array(randomBytes(32));
    return { algorithm: 'HS256', sign: secret, verify: secret };
  }
  const sign = createPrivateKey(readFileSync(file));
  return { algorithm: 'RS256', sign, verify: createPublicKey(sign) };
}

export const shortLivedTokens = defineModule<z.output<typeof options>, ShortLivedTokens>({
  name: 'short-lived-tokens',
  needs: ['external-services'],
  options,
  load(context, { rooms, issuer = context.host.name, audiences, keyFile, keyId, lifetime }) {
    const keys = keysOf(keyFile);
    const there = context.neighbour(rooms);
    const muc = (): Muc | undefined => there.offered<Muc>('muc');
    const idOf = (room: Room): string => there.offered<MeetingId>('meeting-id')?.(room) ?? '';

    /** The room that somebody is in and means. */
    const roomOf = ({ from, origin }: IqRequest): Room | undefined => {
      const all = [...(muc()?.whereabouts.of(from) ?? [])].filter((room) => room.seat(from) !== undefined);
      return all.length === 1
        ? all[0]
        : all.find((room) => muc()?.names.nameOf(room.jid) === claimOf(origin?.conference));
    };

    const sign = async (room: Room, occupant: Occupant, from: Jid, audience: string): Promise<Issued> => {
      const identity = occupant.primary.origin?.identity;
      const features = there.offered<Permissions>('permissions')?.of(room, occupant);
      const tenant = muc()?.names.tenantOf(room.jid.domain);
      const name = shownName(room, occupant);
      const expires = Math.floor(Date.now() / 1000) + lifetime;
      const id = identity?.user?.['id'];
      const user = { id: typeof id === 'string' ? id : occupant.nick, ...(name === '' ? {} : { name }) };
      const password = await new SignJWT({
        room: room.jid.local,
        meeting_id: idOf(room),
        occupant: from.toString(),
        context: { user, group: identity?.group, features: Object.fromEntries(features ?? []) },
      })
        .setProtectedHeader({
          alg: keys.algorithm,
          typ: 'JWT',
          ...(keyId === undefined ? {} : { kid: keyId }),
        })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(tenant ?? context.host.name)
        .setJti(randomUUID())
        .setIssuedAt()
        .setNotBefore('0s')
        .setExpirationTime(expires)
        .sign(keys.sign);
      return {
        username: 'token',
        password,
        expires: new Date(expires * 1000).toISOString(),
        transport: 'https',
        port: 443,
      };
    };

    const issue = (request: IqRequest, audience: string) => {
      if (!audiences.includes(audience)) return stanzaError('item-not-found', 'There is no such service');
      const room = roomOf(request);
      const occupant = room?.seat(request.from)?.occupant;
      return room === undefined || occupant === undefined
        ? stanzaError('not-allowed', 'Not in a conference')
        : sign(room, occupant, request.from, audience);
    };
    context.onUnload(context.module<ExternalServices>('external-services').issue(type, issue));

    const bearerOf = (meetingId: string, address: string): TokenBearer | undefined => {
      const jid = parseJid(address);
      const room = [...(muc()?.whereabouts.of(jid) ?? [])].find((each) => idOf(each) === meetingId);
      const occupant = room?.seat(jid)?.occupant;
      return room === undefined || occupant === undefined ? undefined : { room, occupant, jid, meetingId };
    };

    return {
      verify: async (token, audience) => {
        try {
          const { payload } = await jwtVerify(token, keys.verify, {
            algorithms: [keys.algorithm],
            issuer,
            audience,
            requiredClaims: ['exp'],
          });
          const said = claims.parse(payload);
          return said.meeting_id === '' ? undefined : bearerOf(said.meeting_id, said.occupant);
        } catch (error) {
          context.host.log.debug({ err: error }, 'a short-lived token is not good');
          return undefined;
        }
      },
    };
  },
});
