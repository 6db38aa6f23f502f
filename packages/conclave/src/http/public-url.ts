/** The one address under which people reach this installation. */
import type { Config } from '../config/schema.js';

/** Where browsers reach the page: as configured, or the domain at the HTTP port. */
export function publicUrl({ publicUrl: configured, domain, http }: Config): string {
  return configured ?? `http://${domain}:${http.port}`;
}
