/** Whether the web page that makes a request may: browsers say where a page came from, and pages cannot choose what they say. */
import type { IncomingMessage } from 'node:http';

/** @param allowed origins (`*`: any); `undefined`: pages of the host that is connected to. What sends no Origin is no browser. */
export function originAllowed(request: IncomingMessage, allowed: readonly string[] | undefined): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  if (allowed !== undefined) return allowed.includes(origin) || allowed.includes('*');
  return URL.canParse(origin) && new URL(origin).host === host;
}
