/**
 * What docker-compose.yml asks for, with its variables filled in: so that the same commands and environment can be run, and
 * checked, where there is no Docker engine. Understands what our own file uses of the Compose specification.
 */
import { z } from 'zod';
import { parse } from 'yaml';

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const composeFile = z.object({
  services: z.record(
    z.string(),
    z.object({
      image: z.string(),
      command: z.array(z.string()).default([]),
      profiles: z.array(z.string()).default([]),
      environment: z.record(z.string(), scalar).default({}),
      ports: z.array(z.string()).default([]),
      volumes: z.array(z.string()).default([]),
      read_only: z.boolean().default(false),
      cap_drop: z.array(z.string()).default([]),
      security_opt: z.array(z.string()).default([]),
    }),
  ),
  volumes: z.record(z.string(), z.unknown()).default({}),
});

export interface ComposeService {
  readonly name: string;
  readonly image: string;
  /** Without any it is always started; else when one of them is asked for. */
  readonly profiles: readonly string[];
  /** E.g. `['conclave', 'focus']`; empty: what the image does. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** `published:container/protocol`. */
  readonly ports: readonly string[];
  /** `volume:path`. */
  readonly volumes: readonly string[];
  readonly readOnly: boolean;
  readonly dropsAllCapabilities: boolean;
  readonly noNewPrivileges: boolean;
}

/**
 * @param text the file
 * @param variables what stands in `.env`
 * @param profiles those that are asked for
 * @throws ZodError when the file is not what this reader understands
 */
export function readComposeFile(
  text: string,
  variables: Readonly<Record<string, string | undefined>>,
  profiles: readonly string[] = [],
): ComposeService[] {
  const { services } = composeFile.parse(substitute(parse(text, { merge: true }), variables));
  const isWanted = (service: { readonly profiles: readonly string[] }): boolean =>
    service.profiles.length === 0 || service.profiles.some((profile) => profiles.includes(profile));
  const wanted = Object.entries(services).filter(([, service]) => isWanted(service));
  return wanted.map(([name, service]) => ({
    name,
    image: service.image,
    profiles: service.profiles,
    command: service.command,
    environment: service.environment,
    ports: service.ports,
    volumes: service.volumes,
    readOnly: service.read_only,
    dropsAllCapabilities: service.cap_drop.includes('ALL'),
    noNewPrivileges: service.security_opt.includes('no-new-privileges:true'),
  }));
}

/** `${NAME}` and `${NAME:-default}`: the default counts when the variable is unset or empty, and may name another variable. */
function substitute(value: unknown, variables: Readonly<Record<string, string | undefined>>): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(
      /\$\{([A-Z_][A-Z0-9_]*)(?::-((?:[^{}]|\{[^{}]*\})*))?\}/g,
      (_all, name: string, fallback = '') => variables[name] || String(substitute(fallback, variables)),
    );
  }
  if (Array.isArray(value)) return value.map((item) => substitute(item, variables));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, substitute(item, variables)]));
}
