/**
 * The kinds of values that settings have: each with the words that refuse another value, and the name that the reference page has
 * for it. Every function makes one setting, from its environment variable and a sentence about it.
 */
import { isIP } from 'node:net';
import { z } from 'zod';
import { settingMeta } from './setting.js';

const trueOrFalse = 'must be `true` or `false`';

export const onOff = (env: string, byDefault: boolean, about: string) =>
  z
    .boolean({ error: trueOrFalse })
    .default(byDefault)
    .register(settingMeta, { env, type: '`true` or `false`', about });

/** One of a few words. */
export const oneOf = <const Word extends string>(
  env: string,
  words: readonly [Word, ...Word[]],
  byDefault: NoInfer<Word>,
  about: string,
) =>
  z
    .enum(words, { error: `must be one of ${words.join(', ')}` })
    .default(byDefault as never)
    .register(settingMeta, {
      env,
      type: `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`,
      about,
    });

type Range = readonly [least: number, most: number];

const wholeFrom = ([least, most]: Range) => {
  const message = `must be a whole number from ${least} to ${most}`;
  return z.number({ error: message }).int(message).min(least, message).max(most, message);
};

export const whole = (env: string, byDefault: number, about: string, range: Range = [1, 1_000_000]) =>
  wholeFrom(range)
    .default(byDefault)
    .register(settingMeta, { env, type: `number from ${range[0]} to ${range[1]}`, about });

const atLeastOne = () => z.int('must be a whole number').min(1, 'must be 1 at least');

export const count = (env: string, byDefault: number, about: string) =>
  atLeastOne().default(byDefault).register(settingMeta, { env, type: 'whole number', about });

export const optionalCount = (env: string, about: string) =>
  atLeastOne().optional().register(settingMeta, { env, type: 'whole number', about });

export const mebibytes = (env: string, byDefault: number, about: string) =>
  atLeastOne().max(1_000_000).default(byDefault).register(settingMeta, { env, type: 'MiB', about });

export const port = (env: string, byDefault: number, about: string) =>
  wholeFrom([0, 65535]).default(byDefault).register(settingMeta, { env, type: 'port', about });

export const listenAddress = (env: string, byDefault: 'any' | '127.0.0.1', about: string) =>
  z
    .string({ error: 'must be `any` or an IP address' })
    .refine((text) => text === 'any' || isIP(text) !== 0, 'must be `any` or an IP address')
    .default(byDefault)
    .register(settingMeta, { env, type: '`any` or an IP address', about });

export const ipAddresses = (env: string, most: number, about: string) =>
  z
    .array(
      z
        .string({ error: 'must be an IP address' })
        .refine((text) => isIP(text) !== 0, 'must be an IP address'),
      { error: 'must be a list of IP addresses' },
    )
    .max(most)
    .default([])
    .register(settingMeta, { env, type: 'list of IP addresses', about });

/** Addresses under which a port is reached: `ip`, or `ip#port` where it has another number there. */
export const mappedAddresses = (env: string, most: number, about: string) =>
  z
    .array(
      z
        .string({ error: 'must be an IP address' })
        .refine(isMappedAddress, 'must be an IP address, or one with a port: ip#port'),
      { error: 'must be a list of IP addresses' },
    )
    .max(most)
    .default([])
    .register(settingMeta, { env, type: 'list of IP addresses, with a port (`ip#port`) or without', about });

function isMappedAddress(text: string): boolean {
  const [, ip = '', port] = /^([^#]*)(?:#([1-9]\d{0,4}))?$/.exec(text) ?? [];
  return isIP(ip) !== 0 && (port === undefined || Number(port) <= 65535);
}

const anyPath = () => z.string({ error: 'must be a path' }).min(1, 'must be a path');

export const path = (env: string, byDefault: string, about: string) =>
  anyPath().default(byDefault).register(settingMeta, { env, type: 'path', about });

export const optionalPath = (env: string, about: string) =>
  anyPath().optional().register(settingMeta, { env, type: 'path', about });

/** The name of a host as DNS has it. */
export const domainName = () =>
  z
    .string({ error: 'must be a domain name' })
    .max(200, 'must be a domain name of at most 200 characters')
    .regex(
      /^(?=.{1,200}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/,
      'must be a domain name in lower case, such as meet.example.org',
    );

/** Where a bridge, a focus or a participant is. */
export const region = (env: string, about: string) =>
  z
    .string({ error: 'must be a name of a region' })
    .regex(/^[\w.-]{1,64}$/, 'must be a name of a region, such as eu-west')
    .optional()
    .register(settingMeta, { env, type: 'name of a region', about });

const httpOrigin = () =>
  z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .refine((text) => ['', '/'].includes(new URL(text).pathname), 'must be an origin, without a path')
    .transform((text) => new URL(text).origin);

export const optionalOrigin = (env: string, about: string) =>
  httpOrigin().optional().register(settingMeta, { env, type: 'http(s) origin', about });

/** Where one process of Conclave finds another. */
export const internalOrigin = (env: string, byDefault: string, about: string) =>
  httpOrigin().default(byDefault).register(settingMeta, { env, type: 'http origin', about });

export const internalOrigins = (env: string, most: number, about: string) =>
  z
    .array(httpOrigin(), { error: 'must be a list of http or https URLs' })
    .max(most)
    .default([])
    .register(settingMeta, { env, type: 'list of http origins', about });

/** A service of the operator's. */
export const serviceUrl = (env: string, about: string) =>
  z
    .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
    .optional()
    .register(settingMeta, { env, type: 'http(s) URL', about });

/** What such a service knows Conclave by. */
export const bearerToken = (env: string, about: string) =>
  z.string().min(1).optional().register(settingMeta, { env, type: 'text', secret: true, about });

export const password = (env: string, about: string) =>
  z
    .string({ error: 'must be a password' })
    .min(16, 'must be a password of 16 characters at least')
    .max(256, 'must be a password of 256 characters at most')
    .optional()
    .register(settingMeta, { env, type: 'password', secret: true, about });

/** A section whose keys are the operator's own: in the environment it is JSON. */
export const jsonSection = { type: 'section (in the environment: JSON)' };
