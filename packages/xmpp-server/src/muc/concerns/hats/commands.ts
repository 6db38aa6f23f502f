/** The commands by which admins keep the hats of a room (XEP-0317 s.3.2 to s.3.7), each a form that is filled in at once. */
import {
  type DataForm,
  type DataFormField,
  formValue,
  isStanzaError,
  type Jid,
  type StanzaError,
  stanzaError,
  tryParseJid,
} from '@conclave/signaling';
import type { Hat, Wardrobe } from './wardrobe.js';

/** Whose hats are others than before: bare JIDs. */
type Changed = readonly string[];

interface Change {
  readonly kind: 'change';
  readonly title: string;
  /** Whether the room has other hats afterwards, and not only other wearers. */
  readonly ofHats: boolean;
  readonly fields: (wardrobe: Wardrobe) => readonly DataFormField[];
  readonly run: (wardrobe: Wardrobe, form: DataForm) => Changed | StanzaError;
}

interface Listing {
  readonly kind: 'listing';
  readonly title: string;
  /** Whether it shows real addresses. */
  readonly showsPeople: boolean;
  readonly columns: readonly string[];
  readonly rows: (wardrobe: Wardrobe) => readonly (readonly string[])[];
}

const longestUri = 256;
const longestTitle = 128;

const textField = (name: string, label: string): DataFormField => ({
  var: name,
  type: 'text-single',
  label,
  values: [],
});

function hatField(wardrobe: Wardrobe): DataFormField {
  const options = wardrobe.hats.map(({ uri, title }) => ({ value: uri, label: title }));
  return { var: 'hats#uri', type: 'list-single', label: 'Hat', values: [], options };
}

const personField: DataFormField = {
  var: 'hats#jid',
  type: 'jid-single',
  label: 'Address of the person',
  values: [],
};

function hatIn(form: DataForm): Hat | StanzaError {
  const uri = formValue(form, 'hats#uri') ?? '';
  const title = formValue(form, 'hats#title') ?? '';
  const degrees = formValue(form, 'hats#hue') ?? '';
  const isUri = uri.length <= longestUri && /^[a-z][a-z0-9+.-]*:[^\s]+$/i.test(uri);
  const isTitle = title.trim() !== '' && title.length <= longestTitle;
  if (!isUri || !isTitle) return stanzaError('not-acceptable', 'A hat has a URI and a title');
  if (degrees === '') return { uri, title };
  const hue = /^\d{1,3}(?:\.\d{1,6})?$/.test(degrees) ? Number(degrees) : NaN;
  return hue <= 360 ? { uri, title, hue } : stanzaError('not-acceptable', 'A hue is an angle');
}

function knownHat(wardrobe: Wardrobe, form: DataForm): Hat | StanzaError {
  return wardrobe.hat(formValue(form, 'hats#uri') ?? '') ?? stanzaError('item-not-found', 'No such hat');
}

function personIn(form: DataForm): Jid | StanzaError {
  const person = tryParseJid(formValue(form, 'hats#jid'))?.bare;
  return person?.local === undefined ? stanzaError('jid-malformed') : person;
}

/** What changes a hat of one person. @param act answers why it cannot be done, if it cannot */
const ofWearer = (
  act: (wardrobe: Wardrobe, hat: Hat, person: Jid) => StanzaError | undefined,
): Pick<Change, 'fields' | 'run'> => ({
  fields: (wardrobe) => [personField, hatField(wardrobe)],
  run: (wardrobe, form) => {
    const hat = knownHat(wardrobe, form);
    if (isStanzaError(hat)) return hat;
    const person = personIn(form);
    if (isStanzaError(person)) return person;
    return act(wardrobe, hat, person) ?? [person.toString()];
  },
});

const described = ({ title, uri, hue }: Hat): readonly string[] => [
  title,
  uri,
  hue === undefined ? '' : String(hue),
];

export const hatCommands: ReadonlyMap<string, Change | Listing> = new Map<string, Change | Listing>([
  [
    'urn:xmpp:hats:commands:create',
    {
      kind: 'change',
      title: 'Create or change a hat',
      ofHats: true,
      fields: () => [
        textField('hats#title', 'Title'),
        textField('hats#uri', 'URI'),
        textField('hats#hue', 'Hue, in degrees'),
      ],
      run: (wardrobe, form) => {
        const hat = hatIn(form);
        if (isStanzaError(hat)) return hat;
        if (!wardrobe.put(hat)) return stanzaError('resource-constraint', 'Too many hats');
        return wardrobe.wearers(hat.uri);
      },
    },
  ],
  [
    'urn:xmpp:hats:commands:destroy',
    {
      kind: 'change',
      title: 'Destroy a hat',
      ofHats: true,
      fields: (wardrobe) => [hatField(wardrobe)],
      run: (wardrobe, form) => {
        const hat = knownHat(wardrobe, form);
        if (isStanzaError(hat)) return hat;
        const wearers = wardrobe.wearers(hat.uri);
        wardrobe.destroy(hat.uri);
        return wearers;
      },
    },
  ],
  [
    'urn:xmpp:hats:commands:assign',
    {
      kind: 'change',
      title: 'Give somebody a hat',
      ofHats: false,
      ...ofWearer((wardrobe, { uri }, person) =>
        wardrobe.assign(uri, person) ? undefined : stanzaError('resource-constraint', 'Too many hats'),
      ),
    },
  ],
  [
    'urn:xmpp:hats:commands:unassign',
    {
      kind: 'change',
      title: 'Take a hat from somebody',
      ofHats: false,
      ...ofWearer((wardrobe, { uri }, person) =>
        wardrobe.unassign(uri, person) ? undefined : stanzaError('item-not-found', 'Not worn'),
      ),
    },
  ],
  [
    'urn:xmpp:hats:commands:list',
    {
      kind: 'listing',
      title: 'List the hats',
      showsPeople: false,
      columns: ['hats#title', 'hats#uri', 'hats#hue'],
      rows: (wardrobe) => wardrobe.hats.map(described),
    },
  ],
  [
    'urn:xmpp:hats:commands:list-assigned',
    {
      kind: 'listing',
      title: 'List who wears hats',
      showsPeople: true,
      columns: ['hats#jid', 'hats#title', 'hats#uri', 'hats#hue'],
      rows: (wardrobe) => wardrobe.worn.map(({ person, hat }) => [person, ...described(hat)]),
    },
  ],
]);
