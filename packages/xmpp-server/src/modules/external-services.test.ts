import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configured } from '../host/module-set.js';
import { Dialogue, withModule, type Actor } from '../testing/dialogue.js';
import { externalServices } from './external-services.js';
import { turnCredentials } from './external-services/turn-credentials.js';

let stage: Dialogue;
let romeo: Actor;

const services = [
  { type: 'stun', host: 'turn.verona.lit', port: 3478, transport: 'udp' },
  { type: 'turn', host: 'turn.verona.lit', port: 3478, transport: 'udp', secret: 'a secret' },
  { type: 'turn', host: 'old.verona.lit', username: 'verona', password: 'fixed' },
];

beforeEach(async () => {
  stage = await Dialogue.open(
    withModule(configured(externalServices, { services, clientsOf: ['guest.verona.lit'] })),
  );
  romeo = await stage.client('romeo', 'orchard');
});

afterEach(() => stage.close());

const iq = (payload: string) => `<iq type='get' id='1' to='verona.lit'>${payload}</iq>`;
const error = (condition: string) => `<iq type='error'><error><${condition}/></error></iq>`;

describe.each(['urn:xmpp:extdisco:2', 'urn:xmpp:extdisco:1'])('%s', (ns) => {
  it('lists services, to clients and to guests, with credentials that the TURN server can check', async () => {
    for (const actor of [romeo, stage.stranger('g@guest.verona.lit/x')]) {
      await actor.sends(iq(`<services xmlns='${ns}'/>`));
      const answer = actor.receives(`<iq type='result'><services xmlns='${ns}'>
        <service type='stun' host='turn.verona.lit' port='3478' transport='udp'/>
        <service type='turn' host='turn.verona.lit' restricted='true'/>
        <service type='turn' host='old.verona.lit' username='verona' password='fixed' restricted='true'/>
      </services></iq>`);
      const turn = answer.getChild('services')?.getChildren('service')[1]?.attrs;
      const expiry = Number(turn?.['username']);
      expect(Math.abs(expiry - Date.now() / 1000 - 86_400)).toBeLessThan(5);
      expect(Date.parse(String(turn?.['expires']))).toBe(expiry * 1000);
      expect(turn?.['password']).toBe(createHmac('sha1', 'a secret').update(String(expiry)).digest('base64'));
      expect(answer.toString()).not.toContain('a secret');
    }
  });

  it('lists those of a type', async () => {
    await romeo.sends(iq(`<services xmlns='${ns}' type='stun'/>`));
    const answer = romeo.receives(
      `<iq type='result'><services type='stun'><service type='stun'/></services></iq>`,
    );
    expect(answer.getChild('services')?.getChildren('service')).toHaveLength(1);
  });

  it('gives credentials of one service', async () => {
    await romeo.sends(
      iq(`<credentials xmlns='${ns}'><service type='turn' host='turn.verona.lit'/></credentials>`),
    );
    romeo.receives(
      `<iq type='result'><credentials><service type='turn' restricted='true'/></credentials></iq>`,
    );
    for (const [service, condition] of [
      ["<service type='turn' host='nowhere.verona.lit'/>", 'item-not-found'],
      ["<service type='turn' host='turn.verona.lit' port='1'/>", 'item-not-found'],
      ["<service type='turn'/>", 'bad-request'],
      ['', 'bad-request'],
    ] as const) {
      await romeo.sends(iq(`<credentials xmlns='${ns}'>${service}</credentials>`));
      romeo.receives(error(condition));
    }
  });

  it('is nobody else’s', async () => {
    const service = stage.stranger('jvb@auth.verona.lit/x');
    await service.sends(iq(`<services xmlns='${ns}'/>`));
    service.receives(error('forbidden'));
  });
});

it('lists none when there are none', async () => {
  stage.close();
  stage = await Dialogue.open(withModule(configured(externalServices)));
  const juliet = await stage.client('juliet', 'balcony');
  await juliet.sends(iq(`<services xmlns='urn:xmpp:extdisco:2'/>`));
  expect(juliet.receives(`<iq type='result'/>`).getChild('services')?.children).toEqual([]);
});

it('makes credentials as coturn checks them', () => {
  expect(turnCredentials('north', 60, 1_000_000_500)).toEqual({
    username: '1000060',
    password: createHmac('sha1', 'north').update('1000060').digest('base64'),
    expires: '1970-01-12T13:47:40Z',
  });
});
