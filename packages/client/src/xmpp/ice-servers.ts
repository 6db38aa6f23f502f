/** The STUN and TURN servers among a domain's services (XEP-0215), as browsers take them (RFC 7064, RFC 7065). */
import { type Element, attribute } from '@conclave/signaling';

/** Servers, and until when their credentials are good. */
export interface IceServers {
  readonly servers: readonly RTCIceServer[];
  /** When the first credentials expire, as `Date.now()` has it; undefined: never. */
  readonly expires: number | undefined;
}

/** Far more than anybody needs. Browsers refuse a list that is too long, and each server costs time. */
const maxServers = 10;

const hostName = /^[\w.-]{1,255}$/;
const ipv6Address = /^[\da-f:.]{2,45}$/i;

/** Host and port as in a URL; undefined where they could not stand in one. */
function authority(service: Element): string | undefined {
  const host = attribute(service, 'host') ?? '';
  const port = attribute(service, 'port');
  const fits = port === undefined || (/^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) < 65_536);
  if (!fits) return undefined;
  const suffix = port === undefined ? '' : `:${port}`;
  if (hostName.test(host)) return `${host}${suffix}`;
  return ipv6Address.test(host) ? `[${host}]${suffix}` : undefined;
}

/** Undefined for what is of no use to ICE, or what browsers would refuse, and with it the whole list. */
function iceServer(service: Element): RTCIceServer | undefined {
  const type = attribute(service, 'type');
  const where = authority(service);
  if (where === undefined) return undefined;
  if (type === 'stun') return { urls: `stun:${where}` };
  const username = attribute(service, 'username');
  const credential = attribute(service, 'password');
  const transport = attribute(service, 'transport') ?? (type === 'turns' ? 'tcp' : 'udp');
  if ((type !== 'turn' && type !== 'turns') || (transport !== 'udp' && transport !== 'tcp')) return undefined;
  if (username === undefined || credential === undefined) return undefined;
  return { urls: `${type}:${where}?transport=${transport}`, username, credential };
}

/** Reads `<services/>`; what does not fit is left out. */
export function readIceServers(services: Element): IceServers {
  const usable = services
    .getChildren('service')
    .flatMap((service) => {
      const server = iceServer(service);
      return server ? [{ server, expires: Date.parse(attribute(service, 'expires') ?? '') }] : [];
    })
    .slice(0, maxServers);
  const expiries = usable.map(({ expires }) => expires).filter((time) => !Number.isNaN(time));
  return {
    servers: usable.map(({ server }) => server),
    expires: expiries.length === 0 ? undefined : Math.min(...expiries),
  };
}
