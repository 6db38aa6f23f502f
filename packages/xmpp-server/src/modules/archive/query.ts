/** What a client asks an archive for (XEP-0313 s.4): the filter in a form, the page by result set management. */
import {
  decodeDataForm,
  el,
  encodeDataForm,
  formTypeField,
  isStanzaError,
  SignalingError,
  stanzaError,
  tryParseJid,
  type DataForm,
  type Element,
  type StanzaError,
} from '@conclave/signaling';
import type { ArchiveFilter } from '../../storage/storage.js';
import { decodePageRequest, parseTime, shortAttribute, type PageRequest } from './result-set.js';

export const archiveNamespace = 'urn:xmpp:mam:2';
export const extendedNamespace = 'urn:xmpp:mam:2#extended';

export interface ArchiveRequest {
  /** Comes back with the items. */
  readonly queryId: string | undefined;
  readonly filter: ArchiveFilter;
  readonly page: PageRequest;
  /** The page is to be sent from its last item to its first (s.4.3.4). */
  readonly flipped: boolean;
}

/** Ids that may be asked for at a time. */
const maxIds = 100;

/** The fields of the form, and how each narrows the filter. Each throws a SignalingError. */
const fields: Readonly<Record<string, { type: string; read(values: readonly string[]): ArchiveFilter }>> = {
  with: {
    type: 'jid-single',
    read: (values) => {
      const jid = tryParseJid(single(values));
      if (jid === undefined) throw new SignalingError('with is not a JID');
      return { with: jid.toString() };
    },
  },
  start: { type: 'text-single', read: (values) => ({ start: parseTime(single(values)) }) },
  end: { type: 'text-single', read: (values) => ({ end: parseTime(single(values)) }) },
  'before-id': { type: 'text-single', read: (values) => ({ before: single(values) }) },
  'after-id': { type: 'text-single', read: (values) => ({ after: single(values) }) },
  ids: {
    type: 'list-multi',
    read: (values) => {
      if (values.length > maxIds) throw new SignalingError('too many ids');
      return { ids: values };
    },
  },
};

/** The answer with the form that tells what can be asked for (s.4.1.5). */
export function queryForm(): Element {
  const described = Object.entries(fields).map(([name, { type }]) => ({ var: name, type, values: [] }));
  const form = encodeDataForm({ type: 'form', fields: [formTypeField(archiveNamespace), ...described] });
  return el('query', { xmlns: archiveNamespace }, form);
}

export function parseArchiveRequest(query: Element): ArchiveRequest | StanzaError {
  try {
    const form = query.getChild('x', 'jabber:x:data');
    const filter = form === undefined ? {} : parseFilter(decodeDataForm(form));
    if (isStanzaError(filter)) return filter;
    return {
      queryId: shortAttribute(query, 'queryid'),
      filter,
      page: decodePageRequest(query),
      flipped: query.getChild('flip-page') !== undefined,
    };
  } catch (error) {
    if (error instanceof SignalingError) return stanzaError('bad-request', error.message);
    throw error;
  }
}

function parseFilter({ type, fields: given }: DataForm): ArchiveFilter | StanzaError {
  if (type !== 'submit') throw new SignalingError('the form is not a submission');
  let filter: ArchiveFilter = {};
  let formType: string | undefined;
  for (const { var: name, values } of given) {
    if (name === 'FORM_TYPE') {
      formType = values[0];
      continue;
    }
    // What is not understood must not be passed over: the client would get what it has not asked for.
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined) return stanzaError('feature-not-implemented', `No field ${name} here`);
    filter = { ...filter, ...field.read(values) };
  }
  if (formType !== archiveNamespace) throw new SignalingError('the form is about something else');
  return filter;
}

function single(values: readonly string[]): string {
  const [value] = values;
  if (value === undefined || value === '' || values.length > 1)
    throw new SignalingError('a field has no single value');
  return value;
}
