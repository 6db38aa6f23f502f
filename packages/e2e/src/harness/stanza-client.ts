/** A user of StanzaJS, a client library that we did not write: logged in, its events awaited one by one. */
import { type Agent, type AgentEvents, createClient } from 'stanza';
import type { Instance } from './instance.js';

/** Milliseconds until an awaited event is given up. */
const patience = 10_000;

export type WebTransport = 'websocket' | 'bosh';

/** Resolves with the session, once it is bound. */
export async function stanzaClient(
  { domain, ports }: Instance,
  transport: WebTransport,
  user: string,
  password: string,
): Promise<Agent> {
  const url = {
    websocket: `ws://${domain}:${ports.http}/xmpp-websocket`,
    bosh: `http://${domain}:${ports.http}/http-bind`,
  }[transport];
  const client = createClient({
    jid: `${user}@${domain}`,
    password,
    transports: { [transport]: url },
    autoReconnect: false,
  });
  const online = Promise.race([
    next(client, 'session:started'),
    next(client, 'auth:failed').then(() => Promise.reject(new Error(`${user} is refused`))),
  ]);
  client.connect();
  await online;
  return client;
}

/** The next event of a kind that is meant. Rejects when it does not come. */
export function next<Name extends keyof AgentEvents>(
  client: Agent,
  name: Name,
  isMeant: (event: AgentEvents[Name]) => boolean = () => true,
): Promise<AgentEvents[Name]> {
  return new Promise((resolve, reject) => {
    const heard = ((event: AgentEvents[Name]): void => {
      if (!isMeant(event)) return;
      clearTimeout(timer);
      client.off(name, heard as never);
      resolve(event);
    }) as (event: AgentEvents[Name]) => void;
    const timer = setTimeout(() => {
      client.off(name, heard as never);
      reject(new Error(`${client.jid} hears no ${name}`));
    }, patience);
    client.on(name, heard as never);
  });
}

/** Ends the session when all that it had to say has been said: over BOSH the library does not come to its end otherwise. */
export async function close(client: Agent): Promise<void> {
  await client.ping(client.config.server);
  const over = next(client, 'stream:end');
  client.disconnect();
  await over;
}
