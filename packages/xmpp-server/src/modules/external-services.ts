/** External Service Discovery (XEP-0215): the STUN and TURN servers that clients may use, with credentials that soon expire. */
import { z } from 'zod';
import {
  attribute,
  el,
  isStanzaError,
  stanzaError,
  type Element,
  type StanzaError,
} from '@conclave/signaling';
import type { IqReply, IqRequest } from '../host/host.js';
import { defineModule } from '../host/module.js';
import { turnCredentials } from './external-services/turn-credentials.js';

/** The newest first; Jitsi's clients fall back on the older, which looks the same. */
const namespaces = ['urn:xmpp:extdisco:2', 'urn:xmpp:extdisco:1'] as const;

const service = z.strictObject({
  type: z.string().min(1),
  host: z.string().min(1),
  port: z.int().min(1).max(65535).optional(),
  transport: z.enum(['udp', 'tcp']).optional(),
  name: z.string().optional(),
  /** Shared with the service, which then takes credentials made of it (coturn: `static-auth-secret`). */
  secret: z.string().min(1).optional(),
  /** For a service that has fixed ones. */
  username: z.string().optional(),
  password: z.string().optional(),
});
type Service = z.infer<typeof service>;

const options = z.strictObject({
  services: z.array(service).default([]),
  /** Seconds for which credentials are good. */
  lifetime: z.int().positive().default(86_400),
  /** Hosts whose clients may ask, beside those of this one. */
  clientsOf: z.array(z.string()).default([]),
});

/** A service as a client is told of it. */
interface UsableService {
  readonly type: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly transport: 'udp' | 'tcp' | undefined;
  readonly name: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** As XEP-0082 has it, in UTC. */
  readonly expires: string | undefined;
  readonly restricted: true | undefined;
}

/** Credentials that are made for whoever asks, beyond type and host, which it has said itself. */
export type Issued = Pick<UsableService, 'username' | 'password' | 'expires'> & {
  readonly transport: string;
  readonly port: number;
};

/** Makes credentials for a service of that host. */
type Issuer = (request: IqRequest, host: string) => Promise<Issued> | StanzaError;

/** What the module offers to others. */
export interface ExternalServices {
  /** Has another module make the credentials of all services of a type; the returned function ends that. */
  issue(type: string, issuer: Issuer): () => void;
  /** All services, with credentials that are good from now on. */
  current(): readonly UsableService[];
}

export const externalServices = defineModule<z.output<typeof options>, ExternalServices>({
  name: 'external-services',
  options,
  load({ host, onUnload }, { services, lifetime, clientsOf }) {
    const admitted = new Set([host.name, ...clientsOf]);
    const issuers = new Map<string, Issuer>();

    const usable = ({ secret, username, password, ...place }: Service): UsableService => {
      const { type, host: address, port, transport, name } = place;
      const where = { type, host: address, port, transport, name };
      if (secret !== undefined) {
        return { ...where, ...turnCredentials(secret, lifetime, Date.now()), restricted: true };
      }
      const restricted = username === undefined && password === undefined ? undefined : true;
      return { ...where, username, password, expires: undefined, restricted };
    };

    const encode = (one: Service): Element => el('service', { ...usable(one) });

    /** TURN costs its operator something: it is for the clients of this server, guests included, and for nobody else. */
    const toClients =
      (answer: (request: IqRequest) => IqReply | Promise<IqReply>) =>
      (request: IqRequest): IqReply | Promise<IqReply> =>
        request.origin !== undefined && admitted.has(request.from.domain)
          ? answer(request)
          : stanzaError('forbidden');

    const list = ({ payload }: IqRequest): IqReply => {
      const type = attribute(payload, 'type');
      const chosen = services.filter((one) => type === undefined || one.type === type);
      return el('services', { xmlns: payload.getNS(), type }, chosen.map(encode));
    };

    /** Of one service, that the client knows already (s.3.3). */
    const credentials = (request: IqRequest): IqReply | Promise<IqReply> => {
      const { payload } = request;
      const asked = payload.getChild('service');
      const type = asked && attribute(asked, 'type');
      const address = asked && attribute(asked, 'host');
      if (asked === undefined || type === undefined || address === undefined)
        return stanzaError('bad-request');
      const issuer = issuers.get(type);
      if (issuer !== undefined) {
        const made = issuer(request, address);
        if (isStanzaError(made)) return made;
        const shown = (issued: Issued) => el('service', { type, host: address, ...issued });
        return made.then((issued) => el('credentials', { xmlns: payload.getNS() }, shown(issued)));
      }
      const port = attribute(asked, 'port');
      const chosen = services.filter(
        (one) =>
          one.type === type &&
          one.host === address &&
          (port === undefined || String(one.port ?? '') === port),
      );
      if (chosen.length === 0) return stanzaError('item-not-found');
      return el('credentials', { xmlns: payload.getNS() }, chosen.map(encode));
    };

    for (const namespace of namespaces) {
      onUnload(host.disco.feature(namespace));
      onUnload(host.iq.handle('host', 'get', 'services', namespace, toClients(list)));
      onUnload(host.iq.handle('host', 'get', 'credentials', namespace, toClients(credentials)));
    }
    return {
      current: () => services.map(usable),
      issue: (type, issuer) => {
        issuers.set(type, issuer);
        return () => void issuers.delete(type);
      },
    };
  },
});
