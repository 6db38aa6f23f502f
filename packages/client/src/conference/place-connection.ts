/** The connection by which we are at one place, with the STUN and TURN servers that there are for who is there. */
import type { Log } from '../log.js';
import { type ConnectionEvents, type XmppConnection, openConnection } from '../xmpp/connection.js';
import { ExternalServices } from '../xmpp/external-services.js';
import type { JoinOptions } from './join-options.js';
import type { Whereabouts } from './whereabouts.js';

export class PlaceConnection {
  readonly xmpp: XmppConnection;
  private readonly services: ExternalServices;

  constructor(
    options: JoinOptions,
    { atNode, place: { service, domain } }: Whereabouts,
    log: Log,
    events: ConnectionEvents,
  ) {
    const { openConnection: open = openConnection, random = Math.random } = options;
    this.xmpp = open(
      { service, domain, log, random },
      {
        ...events,
        online: (jid) => {
          if (options.media) this.services.start();
          events.online(jid);
        },
      },
    );
    // A node's host speaks for the services that its visitors may use.
    this.services = new ExternalServices(this.xmpp, atNode ? domain : options.domains.domain, log);
  }

  /** The servers to connect media with now; never rejects. */
  iceServers(): Promise<readonly RTCIceServer[]> {
    return this.services.current();
  }

  async close(): Promise<void> {
    this.services.stop();
    await this.xmpp.close();
  }
}
