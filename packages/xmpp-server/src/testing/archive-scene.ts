/** Romeo and Juliet, whose messages are archived, and what they ask their archives. */
import type { Element } from '@conclave/signaling';
import { configured } from '../host/module-set.js';
import { archive } from '../modules/archive.js';
import { Dialogue, withModule, type Actor } from './dialogue.js';

export const namespace = 'urn:xmpp:mam:2';

// Of the test that runs now: `enter` sets them.
export let stage: Dialogue;
export let romeo: Actor;
export let juliet: Actor;

/** Opens the server. @param options of the module, beside that everything is archived; `usual`: those that it has of itself */
export async function enter(options: Readonly<Record<string, unknown>> | 'usual' = {}): Promise<void> {
  stage = await Dialogue.open(
    options === 'usual'
      ? undefined
      : withModule(configured(archive, { defaultPolicy: 'always', ...options })),
  );
  romeo = await (await stage.client('romeo', 'orchard')).comesOnline();
  juliet = await (await stage.client('juliet', 'balcony')).comesOnline();
}

/** A message by Romeo. */
export const says = (text: string, more = '', to = 'juliet@verona.lit', type = 'chat') =>
  romeo.sends(`<message id='${text}' type='${type}' to='${to}'><body>${text}</body>${more}</message>`);

export const field = (name: string, ...values: string[]): string =>
  `<field var='${name}'>${values.map((value) => `<value>${value}</value>`).join('')}</field>`;
export const form = (...fields: string[]): string =>
  `<x xmlns='jabber:x:data' type='submit'>${field('FORM_TYPE', namespace)}${fields.join('')}</x>`;
export const rsm = (inside: string): string => `<set xmlns='http://jabber.org/protocol/rsm'>${inside}</set>`;

interface Answer {
  /** Ids of the archived messages, as they came. */
  readonly found: string;
  readonly ids: string[];
  readonly results: readonly Element[];
  readonly fin: Element | undefined;
  readonly iq: Element;
}

export async function asks(who: Actor, inside = '', attributes = ''): Promise<Answer> {
  who.ignoresAll();
  await who.sends(`<iq type='set' id='q'><query xmlns='${namespace}' ${attributes}>${inside}</query></iq>`);
  const iq = who.inbox.pop();
  if (iq?.name !== 'iq') throw new Error('no answer');
  const results = who.inbox.splice(0).map((message) => message.getChild('result', namespace) ?? message);
  const messages = results.map((result) =>
    result.getChild('forwarded', 'urn:xmpp:forward:0')?.getChild('message'),
  );
  return {
    found: messages.map((message) => String(message?.attrs['id'])).join(''),
    ids: results.map((result) => String(result.attrs['id'])),
    results,
    fin: iq.getChild('fin', namespace),
    iq,
  };
}

export const refused = (condition: string): string =>
  `<iq type='error' id='q'><error><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`;

export async function isRefused(who: Actor, inside: string, condition: string): Promise<void> {
  who.ignoresAll();
  await who.sends(`<iq type='set' id='q'><query xmlns='${namespace}'>${inside}</query></iq>`);
  who.receives(refused(condition));
  who.receivesNothing();
}
