/** Juliet, who makes the node `news`, a reader, an administrator and a guest at a publish-subscribe service; and what they say to it. */
import { choose } from '../host/module-choice.js';
import { configured } from '../host/module-set.js';
import { conferencingLayout } from '../layout.js';
import { pubsub as pubsubModule } from '../modules/pubsub.js';
import { MemoryStorage } from '../storage/memory.js';
import { Dialogue, type Actor } from './dialogue.js';

export const service = 'pubsub.verona.lit';
export const ns = 'http://jabber.org/protocol/pubsub';

// Of the test that runs now: `enter` sets them.
export let stage: Dialogue;
/** She makes the node `news`. */
export let juliet: Actor;
export let romeo: Actor;
export let prince: Actor;
export let guest: Actor;

/** Opens the service. @param options of the module */
export async function enter(options: object = {}, storage = new MemoryStorage()): Promise<void> {
  const settings = { domains: ['verona.lit'], admins: ['prince@verona.lit'], ...options };
  stage = await Dialogue.open(
    () =>
      conferencingLayout('verona.lit', { pubsub: true }).map((plan) =>
        plan.name === service
          ? {
              ...plan,
              modules: plan.modules.map((module) =>
                module.name === 'pubsub' ? configured(pubsubModule, settings) : module,
              ),
            }
          : plan,
      ),
    storage,
  );
  juliet = await (await stage.client('juliet', 'balcony')).comesOnline();
  romeo = await (await stage.client('romeo', 'orchard')).comesOnline();
  prince = await (await stage.client('prince', 'palace')).comesOnline();
  guest = stage.stranger('4711@guest.verona.lit/hall');
}

/** Opens it, with Juliet alone, where accounts have no rosters. */
export async function enterWithoutRosters(): Promise<void> {
  stage = await Dialogue.open(() =>
    conferencingLayout('verona.lit', { pubsub: true }).map((plan) =>
      plan.name === 'verona.lit'
        ? { ...plan, modules: choose(plan.name, plan.modules, { roster: false }) }
        : plan,
    ),
  );
  juliet = await stage.client('juliet', 'balcony');
}

export const iq = (type: string, payload: string) =>
  `<iq type='${type}' id='1' to='${service}'>${payload}</iq>`;
export const get = (payload: string) => iq('get', `<pubsub xmlns='${ns}'>${payload}</pubsub>`);
export const set = (payload: string) => iq('set', `<pubsub xmlns='${ns}'>${payload}</pubsub>`);
export const ownerGet = (payload: string) => iq('get', `<pubsub xmlns='${ns}#owner'>${payload}</pubsub>`);
export const ownerSet = (payload: string) => iq('set', `<pubsub xmlns='${ns}#owner'>${payload}</pubsub>`);
export const form = (kind: string, fields: Record<string, string>) =>
  `<x xmlns='jabber:x:data' type='submit'>
    <field var='FORM_TYPE' type='hidden'><value>${ns}#${kind}</value></field>
    ${Object.entries(fields)
      .map(([name, value]) => `<field var='pubsub#${name}'><value>${value}</value></field>`)
      .join('')}</x>`;
export const entry = (text: string, id = text) =>
  `<item id='${id}'><entry xmlns='urn:x'>${text}</entry></item>`;
export const publish = (text: string, id = text) => set(`<publish node='news'>${entry(text, id)}</publish>`);
export const subscribe = (who: Actor, jid = who.bare) => set(`<subscribe node='news' jid='${jid}'/>`);
export const answer = (payload: string) =>
  `<iq type='result' from='${service}'><pubsub xmlns='${ns}'>${payload}</pubsub></iq>`;
export const done = `<iq type='result' from='${service}'/>`;
export const error = (type: string, condition: string, detail = '', feature = '') =>
  `<iq type='error'><error type='${type}'><${condition}/>${
    detail === '' ? '' : `<${detail} xmlns='${ns}#errors' ${feature === '' ? '' : `feature='${feature}'`}/>`
  }</error></iq>`;
export const event = (payload: string) =>
  `<message from='${service}'><event xmlns='${ns}#event'>${payload}</event></message>`;

/** Juliet's node, configured so. */
export async function news(fields: Record<string, string> = {}): Promise<void> {
  await juliet.sends(set(`<create node='news'/><configure>${form('node_config', fields)}</configure>`));
  juliet.receives(done);
}

export async function asks(actor: Actor, request: string, expected: string): Promise<void> {
  await actor.sends(request);
  actor.receives(expected);
}

export const affiliate = (who: Actor, affiliation: string) =>
  ownerSet(
    `<affiliations node='news'><affiliation jid='${who.bare}' affiliation='${affiliation}'/></affiliations>`,
  );
export const configure = (fields: Record<string, string>) =>
  ownerSet(`<configure node='news'>${form('node_config', fields)}</configure>`);
