/** The lists of owners and admins as fields of the configuration form (XEP-0045 s.10.1.3): whoever is on none of them any more is neither. */
import {
  type Affiliation,
  type DataForm,
  type DataFormField,
  type Jid,
  type StanzaError,
  stanzaError,
  tryParseJid,
} from '@conclave/signaling';
import type { Change } from './changes.js';
import type { Room } from './room.js';

interface List {
  readonly var: string;
  readonly affiliation: Affiliation;
  readonly label: string;
}

const lists: readonly List[] = [
  { var: 'muc#roomconfig_roomadmins', affiliation: 'admin', label: 'Admins' },
  { var: 'muc#roomconfig_roomowners', affiliation: 'owner', label: 'Owners' },
];

export function affiliationFields(room: Room): readonly DataFormField[] {
  return lists.map(({ var: name, affiliation, label }) => ({
    var: name,
    type: 'jid-multi',
    label,
    values: room.affiliations(affiliation).map(({ jid }) => jid.toString()),
  }));
}

function people(values: readonly string[]): Jid[] | undefined {
  const jids = values.filter((value) => value.trim() !== '').map((value) => tryParseJid(value));
  const valid = jids.filter((jid): jid is Jid => jid?.isBare === true && jid.local !== undefined);
  return valid.length === jids.length ? valid : undefined;
}

/** What has to change for the lists to be as submitted; a list that is not submitted stays as it is. */
export function affiliationChanges(room: Room, form: DataForm): readonly Change[] | StanzaError {
  const wanted = new Map<string, { readonly person: Jid; readonly affiliation: Affiliation }>();
  const listed: { readonly person: Jid; readonly affiliation: Affiliation }[] = [];
  for (const { var: name, affiliation } of lists) {
    const values = form.fields.find((field) => field.var === name)?.values;
    if (values === undefined) continue;
    const named = people(values);
    if (named === undefined) return stanzaError('not-acceptable', `Invalid value of ${name}`);
    for (const { jid } of room.affiliations(affiliation)) {
      wanted.set(jid.toString(), { person: jid, affiliation: 'none' });
    }
    listed.push(...named.map((person) => ({ person, affiliation })));
  }
  // Who moves from one list to the other is on one of them still; the owners' list comes last, and counts.
  for (const each of listed) wanted.set(each.person.toString(), each);
  return [...wanted.values()]
    .filter(({ person, affiliation }) => room.affiliation(person) !== affiliation)
    .filter(({ person }) => !room.isServiceAdmin(person))
    .map((each) => ({ kind: 'affiliation', ...each, reason: undefined }));
}
