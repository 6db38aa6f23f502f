/** Puts SCRAM (scram.ts) into xmpp.js, which in browsers knows only PLAIN and ANONYMOUS (RFC 6120 s.6). */
import { type Element, NS } from '@conclave/signaling';
import type { SaslMechanismClass, XmppClient } from '@xmpp/client';
import { ScramExchange, type ScramMechanism, scramMechanisms } from './scram.js';

export interface Scram {
  /** The best mechanism among those offered; undefined when there is none. */
  choose(offered: readonly string[]): ScramMechanism | undefined;
  /** Runs `authenticate` and holds the server to its proof. Throws a ScramError or what xmpp.js throws. */
  authenticate(authenticate: () => Promise<void>): Promise<void>;
}

const sasl2 = 'urn:xmpp:sasl:2';

/** xmpp.js puts base64 around what it takes for bytes. */
const toBytes = (text: string): string => String.fromCharCode(...new TextEncoder().encode(text));

function randomNonce(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(18));
  return btoa(String.fromCharCode(...bytes));
}

export function useScram(entity: XmppClient): Scram {
  let exchange: ScramExchange | undefined;

  const mechanism = (name: ScramMechanism): SaslMechanismClass =>
    class {
      static {
        Object.assign(this.prototype, { name, clientFirst: true });
      }
      private challenged: string | undefined;

      async response(credentials: { username: string; password: string }): Promise<string> {
        if (this.challenged === undefined || exchange === undefined) {
          exchange = new ScramExchange(name, credentials.username, credentials.password, randomNonce());
          return toBytes(exchange.first);
        }
        return toBytes(await exchange.final(this.challenged));
      }

      challenge(text: string): void {
        this.challenged = text;
      }
    } as unknown as SaslMechanismClass;

  // In front: in Node the library brings a SCRAM-SHA-1 of its own, which lets the server off without its proof.
  entity.saslFactory._mechs.unshift(...scramMechanisms.map((name) => ({ name, mech: mechanism(name) })));

  return {
    choose: (offered) => scramMechanisms.find((name) => offered.includes(name)),
    authenticate: async (authenticate) => {
      let proof = '';
      const onNonza = (nonza: Element) => {
        if (nonza.is('success', NS.sasl)) proof = atob(nonza.getText());
        // XEP-0388 s.2.6.1: servers that have it say it there, and xmpp.js prefers it.
        if (nonza.is('success', sasl2)) proof = atob(nonza.getChildText('additional-data') ?? '');
      };
      entity.on('nonza', onNonza);
      try {
        await authenticate();
        exchange?.verify(proof);
      } finally {
        entity.removeListener('nonza', onNonza);
        exchange = undefined;
      }
    },
  };
}
