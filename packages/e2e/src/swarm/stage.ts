/** Where a swarm acts: the four services as processes of their own with a second bridge, any of which can be ended and started again. */
import { encodeConferenceRequest, el } from '@conclave/signaling';
import { type Client, client } from '@xmpp/client';
import { type Instance, startInstance } from '../harness/instance.js';
import { freeTcpPort, freeUdpPort } from '../harness/ports.js';
import type { ServiceProcess } from '../harness/service-process.js';
import '../harness/web-socket.js';

export type Service = 'xmpp-server' | 'focus' | 'bridge' | 'other bridge';

export interface Stage {
  readonly instance: Instance;
  /** The process that is this service now. */
  process(service: Service): ServiceProcess;
  /** The media port of a bridge, by which offers tell which one they are for. */
  mediaPort(bridge: 'bridge' | 'other bridge'): number;
  /** Opens the conference of a room, as a host does. */
  open(room: string): Promise<void>;
  /** Kills a service, or asks it to end; resolves when it has ended. */
  end(service: Service, how: 'killed' | 'stopped'): Promise<void>;
  /** Starts it again. */
  again(service: Service): Promise<void>;
  stop(): Promise<void>;
}

const [host, password] = ['ann', 'correct horse battery staple'];

/** @param changes to the environment of every process */
export async function openStage(changes: Readonly<Record<string, string>> = {}): Promise<Stage> {
  const [media, http] = await Promise.all([freeUdpPort(), freeTcpPort()]);
  const instance = await startInstance('four processes', {
    CONCLAVE_LOG_LEVEL: 'info',
    CONCLAVE_BRIDGE_HTTP_OTHERS: `http://127.0.0.1:${http}`,
    ...changes,
  });
  const running = new Map<Service, ServiceProcess>();
  let opener: Client | undefined;
  const stop = async () => {
    await opener?.stop().catch(() => undefined);
    await Promise.all([...running.values()].map((process) => process.stop()));
    await instance.stop();
  };
  const process = (service: Service) => {
    const found = running.get(service);
    if (!found) throw new Error(`there is no ${service}`);
    return found;
  };
  try {
    const named = { 'xmpp-server': 'xmpp-server', focus: 'focus', bridge: 'videobridge' } as const;
    for (const [service, name] of Object.entries(named)) {
      const found = instance.processes.find((each) => each.name === name);
      if (found) running.set(service as Service, found);
    }
    running.set(
      'other bridge',
      process('bridge').again({
        CONCLAVE_MEDIA_PORT: String(media),
        CONCLAVE_BRIDGE_HTTP_PORT: String(http),
      }),
    );
    await process('focus').line(/bridge found/, 2);
    await instance.conclavectl('register', host, instance.domain, password);
    const service = `ws://127.0.0.1:${instance.ports.http}/xmpp-websocket`;
    const entity = client({ service, domain: instance.domain, username: host, password });
    opener = entity;
    entity.on('error', () => undefined);
    await entity.start();
    return {
      instance,
      process,
      stop,
      mediaPort: (bridge) => (bridge === 'bridge' ? instance.ports.media : media),
      async open(room) {
        const request = encodeConferenceRequest({ room, machineUid: host, properties: {} });
        await entity.iqCaller.request(el('iq', { type: 'set', to: `focus.${instance.domain}` }, request));
      },
      end: async (name, how) => {
        if (how === 'killed') await process(name).cut();
        else await process(name).stop();
      },
      again: async (name) => {
        running.set(name, process(name).again());
        await process(name).line(name === 'focus' ? /bridge found/ : /is ready/);
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
