/** A client of Janus' WebSocket API, as far as its videoroom needs one. */
import { once } from 'node:events';

import { WebSocket } from 'ws';

type Json = Readonly<Record<string, unknown>>;

/** What a plugin answers. */
export interface PluginAnswer {
  readonly data: Json;
  readonly jsep: { readonly type: string; readonly sdp: string } | undefined;
}

/** Ms after which a session would be forgotten, and less. */
const KEEPALIVE = 20_000;

export class JanusClient {
  readonly #waiting = new Map<string, (message: Json) => void>();
  #transactions = 0;
  #session: unknown;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as Json;
      // An event with the real answer follows.
      if (message['janus'] === 'ack') return;
      const transaction = String(message['transaction']);
      this.#waiting.get(transaction)?.(message);
      this.#waiting.delete(transaction);
    });
  }

  static async connect(url: string): Promise<JanusClient> {
    const socket = new WebSocket(url, 'janus-protocol');
    await once(socket, 'open');
    const client = new JanusClient(socket);
    client.#session = idIn(await client.#ask({ janus: 'create' }));
    setInterval(() => void client.#ask({ janus: 'keepalive' }), KEEPALIVE).unref();
    return client;
  }

  /** A handle of the videoroom. */
  async attach(): Promise<unknown> {
    return idIn(await this.#ask({ janus: 'attach', plugin: 'janus.plugin.videoroom' }));
  }

  /** Throws when it is refused. */
  async request(handle: unknown, body: Json, jsep?: { type: string; sdp: string }): Promise<PluginAnswer> {
    const answer = await this.#ask({
      janus: 'message',
      handle_id: handle,
      body,
      ...(jsep === undefined ? {} : { jsep }),
    });
    const plugin = answer['plugindata'] as { readonly data: Json } | undefined;
    if (plugin === undefined || plugin.data['error'] !== undefined) {
      throw new Error(`Janus refuses ${String(body['request'])}: ${JSON.stringify(answer)}`);
    }
    return { data: plugin.data, jsep: answer['jsep'] as PluginAnswer['jsep'] };
  }

  #ask(message: Json): Promise<Json> {
    const transaction = String(++this.#transactions);
    return new Promise((resolve) => {
      this.#waiting.set(transaction, resolve);
      this.socket.send(
        JSON.stringify({
          transaction,
          ...(this.#session === undefined ? {} : { session_id: this.#session }),
          ...message,
        }),
      );
    });
  }
}

function idIn(message: Json): unknown {
  const id = (message['data'] as Json | undefined)?.['id'];
  if (id === undefined) throw new Error(`Janus refuses: ${JSON.stringify(message)}`);
  return id;
}
