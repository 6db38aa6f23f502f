/** What a token that was found good says of its bearer. */
import { z } from 'zod';

export interface TokenIdentity {
  readonly issuer: string;
  /** `sub`: the domain or tenant that the token is for; `*`: any. */
  readonly subject: string;
  /** Lower-cased; `*`: any; undefined: the token names none, and needs not. */
  readonly room: string | undefined;
  /** The same as a Lua pattern of names, where `context.room.regex` says that it is one. */
  readonly roomPattern?: string | undefined;
  /** `context.user`, as the issuer tells it: id, name, email, avatar, moderator, affiliation … */
  readonly user: Readonly<Record<string, unknown>> | undefined;
  /** `context.features`: what the bearer may do, by name. */
  readonly features: ReadonlyMap<string, boolean> | undefined;
  readonly group: string | undefined;
  readonly tenant: string | undefined;
}

const feature = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]);

/** The claims that are looked at; what else there is stays unseen. */
export const claims = z.object({
  iss: z.string(),
  sub: z.string(),
  room: z.string().optional(),
  user_id: z.string().optional(),
  context: z
    .object({
      user: z.record(z.string(), z.unknown()).optional(),
      features: z.record(z.string(), z.unknown()).optional(),
      group: z.string().optional(),
      tenant: z.string().optional(),
      room: z.object({ regex: z.unknown() }).optional(),
    })
    .optional(),
});

export function identityOf({ iss, sub, room, user_id: id, context }: z.output<typeof claims>): TokenIdentity {
  const features = Object.entries(context?.features ?? {}).flatMap(([name, value]) => {
    const parsed = feature.safeParse(value);
    return parsed.success ? [[name, parsed.data] as const] : [];
  });
  return {
    issuer: iss,
    subject: sub,
    room: room?.toLowerCase(),
    roomPattern: [true, 'true'].some((yes) => context?.room?.regex === yes) ? room : undefined,
    user: context === undefined && id !== undefined ? { id } : context?.user,
    features: context?.features === undefined ? undefined : new Map(features),
    group: context?.group,
    tenant: context?.tenant,
  };
}
