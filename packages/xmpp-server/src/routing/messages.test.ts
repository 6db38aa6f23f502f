/** Where stanzas to an account go: RFC 6121 s.8.5, as a table. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Dialogue, withoutModules, type Actor } from '../testing/dialogue.js';

let stage: Dialogue;
let romeo: Actor;

beforeEach(async () => {
  stage = await Dialogue.open(withoutModules('offline'));
  romeo = await (await stage.client('romeo', 'orchard')).comesOnline();
});

afterEach(() => stage.close());

/** Juliet's sessions: by resource, the priority of each; undefined: connected without presence. */
type Sessions = Record<string, number | undefined>;
/** Who gets it; `error`: the sender gets it back; `nobody`: it is dropped. */
type Outcome = string[] | 'error' | 'nobody';

const both: Sessions = { balcony: 1, chamber: 1, garden: 0, hidden: -1, mute: undefined };
const hidden: Sessions = { hidden: -1, mute: undefined };
const none: Sessions = {};

const table: [string, Sessions, string, Outcome][] = [
  // To the account (s.8.5.2), and to an account that is not there (s.8.5.1).
  ['bare', both, 'chat', ['balcony', 'chamber']],
  ['bare', both, 'normal', ['balcony', 'chamber']],
  ['bare', both, '', ['balcony', 'chamber']],
  ['bare', both, 'headline', ['balcony', 'chamber', 'garden']],
  ['bare', both, 'groupchat', 'error'],
  ['bare', both, 'error', 'nobody'],
  ['bare', hidden, 'chat', 'error'],
  ['bare', hidden, 'normal', 'error'],
  ['bare', hidden, 'headline', 'nobody'],
  ['bare', hidden, 'groupchat', 'error'],
  ['bare', hidden, 'error', 'nobody'],
  ['bare', none, 'chat', 'error'],
  ['bare', none, 'headline', 'nobody'],
  ['bare', none, 'groupchat', 'error'],
  ['bare', none, 'error', 'nobody'],
  // To a session that is connected (s.8.5.3.1), whatever its priority.
  ...['chat', 'normal', 'headline', 'groupchat', 'error'].flatMap((type): typeof table => [
    ['garden', both, type, ['garden']],
    ['hidden', both, type, ['hidden']],
    ['mute', both, type, ['mute']],
  ]),
  // To one that is not (s.8.5.3.2).
  ['elsewhere', both, 'chat', ['balcony', 'chamber']],
  ['elsewhere', both, 'normal', ['balcony', 'chamber']],
  ['elsewhere', both, 'headline', 'nobody'],
  ['elsewhere', both, 'groupchat', 'error'],
  ['elsewhere', both, 'error', 'nobody'],
  ['elsewhere', hidden, 'chat', 'error'],
  ['elsewhere', none, 'chat', 'error'],
  ['elsewhere', none, 'headline', 'nobody'],
];

async function juliets(sessions: Sessions): Promise<Map<string, Actor>> {
  const clients = new Map<string, Actor>();
  for (const [resource, priority] of Object.entries(sessions)) {
    const client = await stage.client('juliet', resource);
    if (priority !== undefined) await client.comesOnline(priority);
    clients.set(resource, client);
  }
  stage.everybodyIgnoresAll();
  return clients;
}

const address = (to: string) => (to === 'bare' ? 'juliet@verona.lit' : `juliet@verona.lit/${to}`);

describe.each(['an account', 'no account'])('messages to %s', (which) => {
  const cases = which === 'an account' ? table : table.filter(([, sessions]) => sessions === none);
  it.each(cases)('%s with %o of type %j go to %o', async (to, sessions, type, outcome) => {
    if (which === 'an account') await stage.account('juliet');
    const clients = await juliets(sessions);
    const message = `<message id='1' to='${address(to)}' ${type === '' ? '' : `type='${type}'`}><body>O</body></message>`;
    await romeo.sends(message);
    for (const [resource, client] of clients) {
      if (Array.isArray(outcome) && outcome.includes(resource)) client.receives(message);
      client.receivesNothing();
    }
    if (outcome === 'error') {
      romeo.receives(
        `<message id='1' type='error' from='${address(to)}'><error type='cancel'><service-unavailable/></error></message>`,
      );
    }
    romeo.receivesNothing();
  });
});

describe('IQs to an account', () => {
  const ping = (to: string, type = 'get') =>
    `<iq type='${type}' id='1' to='${to}'><query xmlns='urn:example:unknown'/></iq>`;
  const refusal = (to: string) =>
    `<iq type='error' id='1' from='${to}'><error type='cancel'><service-unavailable/></error></iq>`;

  it.each(['get', 'set'])(
    'of type %s are answered by the server, alike whether it exists or not',
    async (type) => {
      const clients = await juliets(both);
      for (const to of [
        'juliet@verona.lit',
        'nobody@verona.lit',
        'juliet@verona.lit/elsewhere',
        'nobody@verona.lit/x',
      ]) {
        await romeo.sends(ping(to, type));
        romeo.receives(refusal(to));
      }
      for (const client of clients.values()) client.receivesNothing();
    },
  );

  it.each(['result', 'error'])('of type %s never come back', async (type) => {
    const clients = await juliets(both);
    for (const to of ['juliet@verona.lit', 'nobody@verona.lit', 'juliet@verona.lit/elsewhere']) {
      await romeo.sends(`<iq type='${type}' id='1' to='${to}'/>`);
    }
    romeo.receivesNothing();
    for (const client of clients.values()) client.receivesNothing();
  });

  it.each(['get', 'set', 'result', 'error'])('of type %s reach the session they name', async (type) => {
    const clients = await juliets(both);
    await romeo.sends(ping('juliet@verona.lit/mute', type));
    clients.get('mute')?.receives(ping('juliet@verona.lit/mute', type));
  });

  it('cannot be had from another account by pretending', async () => {
    await juliets(both);
    await romeo.sends(
      "<iq type='get' id='1' to='juliet@verona.lit'><query xmlns='jabber:iq:private'><a xmlns='b'/></query></iq>",
    );
    romeo.receives("<iq type='error'><error type='auth'><forbidden/></error></iq>");
  });
});

describe('presence to an account', () => {
  it('reaches all sessions that are available, or the one it names', async () => {
    const clients = await juliets(both);
    await romeo.sends("<presence to='juliet@verona.lit'/>");
    for (const [resource, client] of clients) {
      if (resource !== 'mute') client.receives("<presence to='juliet@verona.lit'/>");
      client.receivesNothing();
    }
    await romeo.sends("<presence to='juliet@verona.lit/mute'/>");
    clients.get('mute')?.receives("<presence to='juliet@verona.lit/mute'/>");
    await romeo.sends("<presence to='juliet@verona.lit/elsewhere'/>");
    await romeo.sends("<presence to='nobody@verona.lit'/>");
    romeo.receivesNothing();
    for (const client of clients.values()) client.receivesNothing();
  });

  it('of an unknown type is a bad request', async () => {
    await romeo.sends("<presence type='here' to='juliet@verona.lit'/>");
    romeo.receives("<presence type='error'><error type='modify'><bad-request/></error></presence>");
  });

  it.each([
    ['7', 7],
    ['-128', -128],
    ['-4000', -128],
    ['4000', 127],
    ['high', 0],
    ['', 0],
  ])('of priority %j counts as %i', async (text, priority) => {
    await romeo.sends(`<presence><priority>${text}</priority></presence>`);
    expect(romeo.session.priority).toBe(priority);
  });
});
