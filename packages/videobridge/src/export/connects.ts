/**
 * What a request changes about the connects of a conference (the WebSockets to services that get its sound): a list of creations, ends and
 * updates by id, in any order, of which either all are carried out or none.
 */
import { isDeepStrictEqual } from 'node:util';

import { type Connect, type StanzaError, stanzaError } from '@conclave/signaling';

/** What is wrong with `changes`; undefined: nothing. @param known by id, as they were created, with their last update */
export function refuseConnects(
  known: ReadonlyMap<string, Connect>,
  changes: readonly Connect[],
  limit: number,
): StanzaError | undefined {
  const ended = new Set<string>();
  const named = new Set<string>();
  for (const { id, expire, create } of changes) {
    if (expire === true && create === true) return stanzaError('bad-request', 'created and ended at once');
    const group = expire === true ? ended : named;
    if (group.has(id)) return stanzaError('bad-request', `${id} is there twice`);
    group.add(id);
  }
  for (const change of changes) {
    const refused = change.expire === true ? undefined : refuseChange(known.get(change.id), change, ended);
    if (refused !== undefined) return refused;
  }
  const left = [...known.keys()].filter((id) => !ended.has(id));
  const all = new Set([...left, ...named]);
  return all.size > limit ? stanzaError('resource-constraint', 'too many connects') : undefined;
}

function refuseChange(
  before: Connect | undefined,
  change: Connect,
  ended: ReadonlySet<string>,
): StanzaError | undefined {
  const { id, create, protocol, audio, video } = change;
  const stays = before !== undefined && !ended.has(id);
  if (protocol !== 'mediajson') return stanzaError('feature-not-implemented', 'only mediajson is spoken');
  if (video === true || audio !== true)
    return stanzaError('feature-not-implemented', 'only audio is exported');
  if (create === true) return stays ? stanzaError('bad-request', `${id} exists`) : undefined;
  if (!stays) return stanzaError('bad-request', `${id} does not exist`);
  return isDeepStrictEqual(fixed(before), fixed(change))
    ? undefined
    : stanzaError('feature-not-implemented', 'only exports and requests can be changed');
}

/** What of a connect cannot be changed. */
function fixed({ url, type, audio, headers, ping }: Connect): object {
  return { url, type, audio, headers, ping };
}
