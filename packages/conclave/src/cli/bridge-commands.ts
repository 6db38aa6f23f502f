/** conclavectl's commands for the videobridges of this machine: which there are, how they fare, and what is wrong with an endpoint. */
import type { Argv } from 'yargs';
import { type BridgeClient, bridgeClient, type FoundBridge } from '../admin/bridge-client.js';
import { RefusedError } from '../admin/admin-client.js';
import type { Terminal } from './terminal.js';

/** What all commands of conclavectl know. */
interface Common {
  config: string | undefined;
  data: string | undefined;
}

/** @param directoryOf where the sockets of bridges are, as configured */
export function withBridgeCommands(
  program: Argv<Common>,
  directoryOf: (common: Common) => string,
  terminal: Terminal,
): Argv<Common> {
  const client = (common: Common): BridgeClient => bridgeClient(directoryOf(common));
  return program
    .command(
      'bridges',
      'list the videobridges of this machine, one a line: name, state, stress, conferences, participants',
      (command) => command,
      async (common) => {
        for (const bridge of await client(common).list()) terminal.out(describe(bridge));
      },
    )
    .command(
      'conferences',
      'list what runs on them, one conference a line: bridge, meeting id, room, endpoints',
      (command) => command,
      async (common) => {
        for (const { name, overview } of await client(common).list()) {
          for (const { meetingId, name: room = '-', endpoints } of overview?.conferences ?? []) {
            terminal.out([name, meetingId, room, ...endpoints].join(' '));
          }
        }
      },
    )
    .command(
      'drain <bridge>',
      'give a videobridge no new conferences; those that it has go on',
      (command) =>
        command
          .positional('bridge', { type: 'string', demandOption: true, describe: 'its name' })
          .option('off', { type: 'boolean', default: false, describe: 'give it conferences again' }),
      async ({ bridge, off, ...common }) => {
        await client(common).ask(bridge, 'POST', `/colibri/drain/${off ? 'disable' : 'enable'}`);
        terminal.out(off ? `${bridge} is given conferences again.` : `${bridge} drains.`);
      },
    )
    .command(
      'endpoint <room> [endpoint]',
      'print all that the videobridge knows of an endpoint of a conference, or of all of them, as JSON',
      (command) => command.positional('room', roomArgument).positional('endpoint', endpointArgument),
      async ({ room, endpoint, ...common }) => {
        const bridges = client(common);
        for (const [bridge, path] of await locate(bridges, room, endpoint)) {
          terminal.out(JSON.stringify(JSON.parse(await bridges.ask(bridge, 'GET', path)), undefined, 2));
        }
      },
    )
    .command(
      'trace <room> <endpoint>',
      'note the headers of what passes between an endpoint and the videobridge for a while, and print them as JSON',
      (command) =>
        command
          .positional('room', roomArgument)
          .positional('endpoint', { ...endpointArgument, demandOption: true })
          .option('seconds', { type: 'number', default: 10, describe: 'how long' }),
      async ({ room, endpoint, seconds, ...common }) => {
        const bridges = client(common);
        const [[bridge, path] = ['', '']] = await locate(bridges, room, endpoint);
        await bridges.ask(bridge, 'POST', `${path}/trace`, { seconds });
        terminal.err(`Tracing ${endpoint} on ${bridge} for ${seconds} s: headers, no content.`);
        await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
        const { packets } = JSON.parse(await bridges.ask(bridge, 'GET', `${path}/trace`)) as {
          packets: object[];
        };
        await bridges.ask(bridge, 'DELETE', `${path}/trace`);
        for (const packet of packets) terminal.out(JSON.stringify(packet));
      },
    );
}

const roomArgument = {
  type: 'string',
  demandOption: true,
  describe: 'the meeting id, the address of the room, or the name before its @',
} as const;
const endpointArgument = { type: 'string', describe: 'its id, as `conferences` lists it' } as const;

function describe({ name, overview }: FoundBridge): string {
  if (overview === undefined) return `${name} does not answer`;
  const { conferences, draining, healthy, lifecycle, reason = 'unwell', stress } = overview;
  const state = !healthy ? reason : lifecycle !== 'running' ? lifecycle : draining ? 'draining' : 'well';
  const participants = conferences.reduce((sum, { endpoints }) => sum + endpoints.length, 0);
  return `${name} (${state}) stress ${stress.toFixed(2)} conferences ${conferences.length} participants ${participants}`;
}

/** Where a conference or an endpoint of it is: bridges with the paths there. @throws RefusedError */
async function locate(
  bridges: BridgeClient,
  room: string,
  endpoint: string | undefined,
): Promise<[bridge: string, path: string][]> {
  const found = (await bridges.list()).flatMap(({ name, overview }) =>
    (overview?.conferences ?? [])
      .filter((each) => each.meetingId === room || each.name === room || each.name?.split('@')[0] === room)
      .map(({ meetingId, endpoints }) => ({ name, meetingId, endpoints })),
  );
  if (found.length === 0) throw new RefusedError('no-such-conference', `No bridge here has ${room}`);
  const having = found.filter(({ endpoints }) => endpoint === undefined || endpoints.includes(endpoint));
  if (having.length === 0) {
    const known = found.flatMap(({ endpoints }) => endpoints).join(', ');
    throw new RefusedError('no-such-endpoint', `${String(endpoint)} is not in ${room}: there are ${known}`);
  }
  return having.map(({ name, meetingId }) => [
    name,
    ['/debug', meetingId, ...(endpoint === undefined ? [] : [endpoint])].map(encodeSegment).join('/'),
  ]);
}

const encodeSegment = (segment: string, index: number): string =>
  index === 0 ? segment : encodeURIComponent(segment);
