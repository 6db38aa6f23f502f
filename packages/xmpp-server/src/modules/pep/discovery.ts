/** What service discovery tells of an account's nodes to those who may read them (XEP-0060 s.5). */
import { el, encodeDataForm, isStanzaError, NS, type Element } from '@conclave/signaling';
import type { IqReply, IqRequest } from '../../host/host.js';
import type { NodeQuestion } from '../disco.js';
import { readingBarred } from '../pubsub/access.js';
import { pubsubNamespace } from '../pubsub/namespaces.js';
import { metaData } from '../pubsub/node-config.js';
import { relationTo } from '../pubsub/relation.js';
import type { PubsubService } from '../pubsub/service.js';
import type { Roster } from '../roster/roster.js';

/** Runs `act` with the account's service and roster; undefined: there is no such account. */
export type UsingAccount = <T>(
  username: string,
  act: (service: PubsubService | undefined, roster: Roster | undefined) => T | Promise<T>,
) => Promise<T>;

export class PersonalDiscovery {
  constructor(
    private readonly using: UsingAccount,
    /** The service of an account that has published nothing, or does not exist: that looks the same. */
    private readonly empty: () => PubsubService,
  ) {}

  /** Answers what a node of an account is, or what is in it. */
  describe({ kind, node: name, request }: NodeQuestion): Promise<IqReply> {
    return this.using(request.to.local ?? '', (service, roster): IqReply => {
      const relation = relationTo(request.to.bare, roster, request.from);
      const node = (service ?? this.empty()).readable(name, relation);
      if (isStanzaError(node)) return node;
      if (kind === 'items') {
        const entries = node.items.map(({ id }) => el('item', { jid: request.to.bare.toString(), name: id }));
        return el('query', { xmlns: NS.discoItems, node: name }, entries);
      }
      return el(
        'query',
        { xmlns: NS.discoInfo, node: name },
        el('identity', { category: 'pubsub', type: 'leaf' }),
        el('feature', { var: pubsubNamespace.requests }),
        encodeDataForm(metaData(node.config, node)),
      );
    });
  }

  /** The nodes of an account. */
  list(request: IqRequest): Promise<readonly Element[]> {
    return this.using(request.to.local ?? '', (service, roster) => {
      const relation = relationTo(request.to.bare, roster, request.from);
      return [...(service?.nodes ?? [])]
        .filter((node) => readingBarred(node.standing(relation), node.config) === undefined)
        .map(({ name, config: { title } }) =>
          el('item', {
            jid: request.to.bare.toString(),
            node: name,
            name: title === '' ? undefined : title,
          }),
        );
    });
  }
}
