/**
 * What a configuration forebodes: nothing is wrong with it as such, but people will hear nobody or get no camera. Said at
 * start, with a code, before anybody has to search.
 */
import { BlockList, isIPv6 } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import type { Config } from '../config/schema.js';
import { errorCodes } from '../errors/codes.js';

export interface Advice {
  readonly code: 'MEDIA-001' | 'WEB-002';
  readonly message: string;
}

const unreachable = new BlockList();
// RFC 1918, RFC 6598, RFC 3927, RFC 1122; RFC 4193, RFC 4291.
for (const [net, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
  ['127.0.0.0', 8],
] as const) {
  unreachable.addSubnet(net, bits, 'ipv4');
}
unreachable.addSubnet('fc00::', 7, 'ipv6');
unreachable.addSubnet('fe80::', 10, 'ipv6');
unreachable.addAddress('::1', 'ipv6');

/** @param address with the port that it has outside (`ip#port`), or without */
function isLocal(address: string): boolean {
  const [ip = ''] = address.split('#');
  return unreachable.check(ip, isIPv6(ip) ? 'ipv6' : 'ipv4');
}

/** For the service that carries media. @param interfaces as `os.networkInterfaces()` gives them */
export function mediaAdvice(config: Config, interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): Advice[] {
  const { advertisedAddresses } = config.media;
  const found = Object.values(interfaces).flatMap((list) => list?.map(({ address }) => address) ?? []);
  const told = advertisedAddresses.length > 0 ? advertisedAddresses : found;
  if (isTrial(config) || !told.every(isLocal)) return [];
  return [advice('MEDIA-001', told.join(', '))];
}

/** For the service that serves the page. */
export function webAdvice(config: Config): Advice[] {
  if (isTrial(config) || config.publicUrl?.startsWith('https:') === true) return [];
  return [advice('WEB-002', config.publicUrl ?? '`publicUrl` is not set')];
}

/** `localhost` is for trying things on one machine, where all of this is as it should be. */
const isTrial = ({ domain }: Config): boolean => domain === 'localhost';

function advice(code: Advice['code'], detail: string): Advice {
  const { title, remedy } = errorCodes[code];
  return { code, message: `${code} ${title} (${detail}). ${remedy}` };
}
