/**
 * Tenants: several organisations on one installation, each with addresses of its own. The tenant is one label behind the first of a host's
 * name, `conference.<tenant>.D` (as Jitsi's `muc_domain_mapper` has it); what is said there reaches the host `conference.D`.
 */

/** A domain taken apart; undefined: there is no label in it that could be a tenant. */
export function splitTenant(domain: string): { readonly host: string; readonly tenant: string } | undefined {
  const [, service, tenant, rest] = /^([^.]+)\.([^.]+)\.(.+)$/.exec(domain) ?? [];
  if (service === undefined || tenant === undefined || rest === undefined) return undefined;
  return { host: `${service}.${rest}`, tenant };
}

/** The domain of a tenant at a host. */
export function tenantDomain(host: string, tenant: string): string {
  return host.replace('.', `.${tenant}.`);
}

/**
 * The tenant that a segment of a web address means, as Jitsi's clients have it: a label, in lower case, with underscores for dots. Undefined:
 * it cannot be one.
 */
export function tenantOfSegment(segment: string): string | undefined {
  const tenant = segment.normalize('NFKC').toLowerCase().replaceAll('.', '_');
  return /^(?!_|-)[\p{L}\p{N}\p{M}_-]{1,63}(?<!-)$/u.test(tenant) ? tenant : undefined;
}
