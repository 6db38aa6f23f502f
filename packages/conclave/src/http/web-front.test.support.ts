/** The web service in front of an XMPP server in its own process and a videobridge in another, for tests that ask it as browsers do. */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request as httpRequest, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import getPort from 'get-port';
import { pino } from 'pino';
import { WebSocketServer } from 'ws';
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import type { RequestHandler } from './bosh.js';
import { forwardUpgrades, type UpgradeHandler } from './upgrades.js';
import { type FrontRoutes, startWebFront, type WebFront } from './web-front.js';

export const log = pino({ level: 'silent' });

/** Answers with what it was sent, and on whose behalf. */
export const bosh: RequestHandler = (request, response) => {
  void text(request).then((body) => {
    response.setHeader('content-type', 'text/xml');
    response.end(`${request.method ?? ''} ${body} for ${String(request.headers['x-forwarded-for'])}`);
  });
};

/** A focus that says what it was asked. */
const conferenceRequest = (body: unknown) =>
  Promise.resolve({ status: 403, type: 'text/plain', body: JSON.stringify(body) });

export class FrontScene {
  readonly config: Config;
  readonly #directory = mkdtempSync(join(tmpdir(), 'conclave-web-'));
  /** Echoes, and says on whose behalf it was reached. */
  readonly #echo = new WebSocketServer({ noServer: true });
  readonly #upstream: Server;
  #front: WebFront | undefined;

  private constructor() {
    this.#echo.on('connection', (socket, request) => {
      socket.send(`${request.url ?? ''} for ${String(request.headers['x-forwarded-for'])}`);
      socket.on('message', (data: Buffer) => socket.send(data.toString()));
    });
    this.config = loadConfig(
      { CONCLAVE_HTTP_ADDRESS: '127.0.0.1', CONCLAVE_HTTP_PORT: '0', CONCLAVE_DOMAIN: 'meet.example' },
      this.#directory,
    ).config;
    mkdirSync(join(this.page, 'assets'), { recursive: true });
    writeFileSync(join(this.page, 'index.html'), '<!doctype html><title>Conclave</title>');
    writeFileSync(join(this.page, 'assets', 'index-abc.js'), 'export {};');
    writeFileSync(join(this.page, '.secret'), 'dot');
    writeFileSync(join(this.#directory, 'outside.txt'), 'outside');
    this.#upstream = createServer(bosh).on('upgrade', this.#service).listen(0, '127.0.0.1');
  }

  static async open(): Promise<FrontScene> {
    const scene = new FrontScene();
    await once(scene.#upstream, 'listening');
    scene.#front = await scene.start({ bridge: forwardUpgrades(scene.upstream, log) });
    return scene;
  }

  readonly #service: UpgradeHandler = (request, socket, head) =>
    this.#echo.handleUpgrade(request, socket, head, (webSocket) =>
      this.#echo.emit('connection', webSocket, request),
    );

  /** Where the built page lies; what is beside it is nobody's business. */
  get page(): string {
    return join(this.#directory, 'page');
  }

  /** Origin of the other process. */
  get upstream(): string {
    const { port } = this.#upstream.address() as { port: number };
    return `http://127.0.0.1:${port}`;
  }

  /** Of the web service. */
  get port(): number {
    return this.#front?.port ?? 0;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Starts another web service, with other routes, another configuration or page; whoever does stops it. */
  start(routes: Partial<FrontRoutes> = {}, config = this.config, page = this.page): Promise<WebFront> {
    const usual = { conferenceRequest, bosh, xmpp: this.#service, bridge: this.#service };
    return startWebFront(config, { ...usual, ...routes }, log, page);
  }

  /** Sends the path as it is: fetch would tidy it first. */
  async get(
    path: string,
    method = 'GET',
  ): Promise<{ status: number; body: string; headers: NodeJS.Dict<string | string[]> }> {
    const request = httpRequest({ host: '127.0.0.1', port: this.port, path, method }).end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return { status: response.statusCode ?? 0, body: await text(response), headers: response.headers };
  }

  async close(): Promise<void> {
    await this.#front?.stop();
    this.#upstream.close();
    this.#echo.close();
    rmSync(this.#directory, { recursive: true });
  }
}

/** Origin of a process that is down. */
export async function nobody(): Promise<string> {
  return `http://127.0.0.1:${await getPort({ host: '127.0.0.1' })}`;
}
