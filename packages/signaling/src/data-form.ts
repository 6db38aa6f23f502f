/** Data forms (XEP-0004), as far as rooms and service discovery need them: typed fields with text values. */
import { type Element, attribute, el, present } from './elements.js';
import { NS } from './namespaces.js';
import { SignalingError } from './signaling-error.js';

export type DataFormType = 'form' | 'submit' | 'cancel' | 'result';

export interface DataFormField {
  readonly var: string;
  /** XEP-0004 s.3.3, e.g. `boolean`, `text-single`, `list-single`; may be left out of a submission. */
  readonly type?: string;
  readonly label?: string;
  readonly values: readonly string[];
  /** Choices of a list field. */
  readonly options?: readonly { readonly label?: string; readonly value: string }[];
}

export interface DataForm {
  readonly type: DataFormType;
  readonly title?: string;
  readonly instructions?: string;
  /** `FORM_TYPE` stands among them as a field of type `hidden`. */
  readonly fields: readonly DataFormField[];
}

const formTypes: readonly DataFormType[] = ['form', 'submit', 'cancel', 'result'];
const maxFields = 256;

/** The `FORM_TYPE` field (XEP-0068) that says what the form is about. */
export function formTypeField(formType: string): DataFormField {
  return { var: 'FORM_TYPE', type: 'hidden', values: [formType] };
}

/** The first value of a field, e.g. `formValue(form, 'FORM_TYPE')`. */
export function formValue(form: DataForm, name: string): string | undefined {
  return form.fields.find((field) => field.var === name)?.values[0];
}

export function encodeDataForm(form: DataForm): Element {
  const text = (name: string, value: string | undefined) =>
    value === undefined ? undefined : el(name, {}, value);
  return el(
    'x',
    { xmlns: NS.dataForms, type: form.type },
    text('title', form.title),
    text('instructions', form.instructions),
    form.fields.map((field) =>
      el(
        'field',
        { var: field.var, type: field.type, label: field.label },
        field.values.map((value) => el('value', {}, value)),
        field.options?.map((option) => el('option', { label: option.label }, el('value', {}, option.value))),
      ),
    ),
  );
}

function decodeField(field: Element): DataFormField {
  const options = field.getChildren('option').map((option) =>
    present({
      label: attribute(option, 'label'),
      value: option.getChildText('value') ?? '',
    }),
  );
  return present({
    var: attribute(field, 'var') ?? '',
    type: attribute(field, 'type'),
    label: attribute(field, 'label'),
    values: field.getChildren('value').map((value) => value.getText()),
    options: options.length === 0 ? undefined : options,
  });
}

/** Reads `<x xmlns='jabber:x:data'/>`. Throws a SignalingError. */
export function decodeDataForm(x: Element): DataForm {
  if (!x.is('x', NS.dataForms)) throw new SignalingError('not a data form');
  const type = formTypes.find((candidate) => candidate === attribute(x, 'type'));
  if (type === undefined) throw new SignalingError('a data form needs a type');
  const fields = x.getChildren('field');
  if (fields.length > maxFields) throw new SignalingError('too many fields');
  return present({
    type,
    title: x.getChildText('title') ?? undefined,
    instructions: x.getChildText('instructions') ?? undefined,
    fields: fields.filter((field) => attribute(field, 'type') !== 'fixed').map(decodeField),
  });
}
