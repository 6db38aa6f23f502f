/** How tokens are judged (as Jitsi's token authentication is configured). */
import { z } from 'zod';

const algorithm = z.enum([
  'HS256',
  'HS384',
  'HS512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
]);

const webAddress = z.url({ protocol: /^https?$/ });

export const tokenOptions = z
  .strictObject({
    /** The application that issues tokens; the issuer that is accepted by default. */
    appId: z.string().min(1),
    /** The secret that tokens are signed with (HS…). */
    appSecret: z.string().min(8).optional(),
    /** Where public keys are found as a JSON Web Key Set (RFC 7517 s.5). */
    keySetUrl: webAddress.optional(),
    /** Where the public key with the id `kid` is found as `<hex SHA-256 of kid>.pem`. */
    keyServerUrl: webAddress.optional(),
    /** By default those that the keys are for. */
    algorithms: z.array(algorithm).min(1).optional(),
    /** Accepted values of `iss`; `*`: any. */
    issuers: z.array(z.string()).min(1).optional(),
    /** Accepted values of `aud`; `*`: any. */
    audiences: z.array(z.string()).min(1).default(['*']),
    /** Whether a token has to name its room. */
    requireRoom: z.boolean().default(true),
    /** Whether one may come without a token, to the main host or as a guest, and enter any room then. */
    allowEmpty: z.boolean().default(false),
    /** Whether `sub` has to be the domain, or the tenant of the room. */
    verifySubject: z.boolean().default(false),
    /** Domains beside the service's own whose clients need no token to enter a room. */
    exemptDomains: z.array(z.string()).default([]),
    /** Seconds that clocks may differ. */
    clockTolerance: z.int().min(0).max(300).default(5),
  })
  .refine(
    ({ appSecret, keySetUrl, keyServerUrl }) => (appSecret ?? keySetUrl ?? keyServerUrl) !== undefined,
    'appSecret, keySetUrl or keyServerUrl is needed',
  );

export type TokenOptions = z.output<typeof tokenOptions>;
