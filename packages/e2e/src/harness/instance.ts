/**
 * A running installation in a directory of its own, on free ports of the loopback interface: all in one process, or as
 * the four services of docker-compose.yml with its very commands and environment.
 */
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ComposeService, readComposeFile } from 'conclave';
import { freeTcpPort, freeUdpPort } from './ports.js';
import { type ExitCode, runCommand, ServiceProcess } from './service-process.js';

const repository = fileURLToPath(new URL('../../../../', import.meta.url));
const program = (name: string): [string, string] => [
  process.execPath,
  join(repository, 'packages', 'conclave', 'bin', `${name}.mjs`),
];

export type Environment = Readonly<Record<string, string>>;
export type Deployment = 'all in one process' | 'four processes';

export interface Instance {
  readonly domain: string;
  /** Where people reach the page. */
  readonly url: string;
  readonly ports: { readonly http: number; readonly c2s: number; readonly media: number };
  /** PEM file with the certificate that XMPP clients are shown. */
  readonly certificate: string;
  readonly processes: readonly ServiceProcess[];
  /** Runs conclavectl as an operator would. */
  conclavectl(...args: string[]): Promise<{ readonly code: ExitCode; readonly output: string }>;
  /** Stops all processes and removes the data; returns how each ended. */
  stop(): Promise<readonly { readonly code: ExitCode; readonly took: number }[]>;
}

const domain = 'localhost';

async function freePorts() {
  const [http, c2s, component, media] = await Promise.all([
    freeTcpPort(),
    freeTcpPort(),
    freeTcpPort(),
    freeUdpPort(),
  ]);
  return { http, c2s, component, media };
}

function instance(
  directory: string,
  data: string,
  ports: Instance['ports'],
  processes: readonly ServiceProcess[],
): Instance {
  return {
    domain,
    url: `http://${domain}:${ports.http}`,
    ports,
    certificate: join(data, 'secrets', 'certificate.pem'),
    processes,
    conclavectl: (...args) =>
      runCommand(
        [...program('conclavectl'), ...args],
        { CONCLAVE_DATA: data, CONCLAVE_DOMAIN: domain },
        directory,
      ),
    async stop() {
      const ends = await Promise.all(processes.map((process) => process.stop()));
      await rm(directory, { recursive: true, force: true });
      return ends;
    },
  };
}

/** The installation is up when its processes say so; a failed start leaves nothing behind. */
async function ready(started: Instance, ...lines: [ServiceProcess | undefined, RegExp][]): Promise<Instance> {
  try {
    await Promise.all(lines.map(async ([process, pattern]) => process?.line(pattern)));
    return started;
  } catch (error) {
    await started.stop();
    throw error;
  }
}

async function startAllInOne(changes: Environment): Promise<Instance> {
  const directory = await mkdtemp(join(tmpdir(), 'conclave-e2e-'));
  const ports = await freePorts();
  const data = join(directory, 'data');
  const process = new ServiceProcess(
    'conclave',
    [...program('conclave'), 'start'],
    {
      CONCLAVE_DATA: data,
      CONCLAVE_HTTP_ADDRESS: '127.0.0.1',
      CONCLAVE_HTTP_PORT: String(ports.http),
      CONCLAVE_C2S_ADDRESS: '127.0.0.1',
      CONCLAVE_C2S_PORT: String(ports.c2s),
      CONCLAVE_COMPONENT_PORT: String(ports.component),
      CONCLAVE_MEDIA_PORT: String(ports.media),
      CONCLAVE_ADVERTISED_ADDRESSES: '127.0.0.1',
      CONCLAVE_LOG_LEVEL: 'debug',
      ...changes,
    },
    directory,
  );
  return ready(instance(directory, data, ports, [process]), [process, /Conclave is ready/]);
}

/**
 * What the containers' network and volumes would do, done here: the services' names and fixed ports become free ports of
 * the loopback interface, and each volume a directory, mounted by a symbolic link.
 */
async function startFourProcesses(changes: Environment): Promise<Instance> {
  const directory = await mkdtemp(join(tmpdir(), 'conclave-e2e-'));
  const ports = await freePorts();
  const [xmppHttp, bridgeHttp, focusHttp] = await Promise.all([freeTcpPort(), freeTcpPort(), freeTcpPort()]);
  const text = await readFile(join(repository, 'docker-compose.yml'), 'utf8');
  const services = readComposeFile(text, {
    CONCLAVE_PUBLIC_URL: `http://${domain}:${ports.http}`,
    CONCLAVE_MEDIA_PORT: String(ports.media),
    CONCLAVE_LOG_LEVEL: 'debug',
  });
  const network: Readonly<Record<string, string>> = {
    'xmpp-server': '127.0.0.1',
    'http://xmpp-server:5280': `http://127.0.0.1:${xmppHttp}`,
    'http://videobridge:9090': `http://127.0.0.1:${bridgeHttp}`,
    'http://focus:8888': `http://127.0.0.1:${focusHttp}`,
    any: '127.0.0.1',
    '5222': String(ports.c2s),
    '5280': String(xmppHttp),
    '8080': String(ports.http),
    '8888': String(focusHttp),
    '9090': String(bridgeHttp),
  };
  const volumes = join(directory, 'volumes');
  const start = async ({ name, command, environment, volumes: mounts }: ComposeService) => {
    const data = join(directory, name, 'data');
    await mkdir(data, { recursive: true, mode: 0o700 });
    for (const mount of mounts) {
      const [volume = '', path = ''] = mount.split(':');
      await mkdir(join(volumes, volume), { recursive: true, mode: 0o700 });
      const inside = path.slice('/data/'.length);
      if (inside !== '') await symlink(join(volumes, volume), join(data, inside));
    }
    const mapped: Readonly<Record<string, string>> = Object.fromEntries(
      Object.entries(environment).map(([key, value]) => [key, network[value] ?? value]),
    );
    const [, ...args] = command;
    return new ServiceProcess(
      name,
      [...program('conclave'), ...args],
      // CONCLAVE_DATA stands in the Dockerfile. Containers do not share their ports; here they do.
      {
        CONCLAVE_DATA: data,
        CONCLAVE_COMPONENT_PORT: String(ports.component),
        ...mapped,
        ...changes,
      },
      directory,
    );
  };
  const processes = await Promise.all(services.map(start));
  const find = (name: string) => processes.find((process) => process.name === name);
  return ready(
    instance(directory, join(directory, 'xmpp-server', 'data'), ports, processes),
    [find('focus'), /focus is ready/],
    [find('videobridge'), /videobridge is ready/],
    [find('web'), /The page is at/],
  );
}

/** @param changes to the environment of every process */
export function startInstance(
  deployment: Deployment = 'all in one process',
  changes: Environment = {},
): Promise<Instance> {
  return deployment === 'all in one process' ? startAllInOne(changes) : startFourProcesses(changes);
}
