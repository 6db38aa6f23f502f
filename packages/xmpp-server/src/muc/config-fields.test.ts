import type { Element } from '@conclave/signaling';
import { describe, expect, it } from 'vitest';
import { administers, configures, done, garden, join, refusal, room } from './testing/verona.js';
import type { Actor } from './testing/stage.js';

const config = (name: string): string => `muc#roomconfig_${name}`;

/** The fields of the configuration form as an owner gets it, by name. */
function form(owner: Actor): ReadonlyMap<string, Element> {
  owner.ignoresAll();
  owner.sends(
    `<iq type='get' id='f1' to='${room}'><query xmlns='http://jabber.org/protocol/muc#owner'/></iq>`,
  );
  const fields = owner.receives(`<iq type='result'/>`).getChild('query')?.getChild('x')?.getChildren('field');
  return new Map(fields?.map((field) => [String(field.attrs['var']), field]));
}

const valuesOf = (field: Element | undefined): string[] | undefined =>
  field?.getChildren('value').map((value) => value.getText());
const optionsOf = (field: Element | undefined): (string | null)[] | undefined =>
  field?.getChildren('option').map((option) => option.getChildText('value'));

it('offers every setting that is registered (XEP-0045 s.16.5.3) and known to the room', () => {
  const { romeo } = garden();
  const registered = `allowpm allowinvites changesubject getmemberlist lang pubsub maxusers membersonly moderatedroom
    passwordprotectedroom presencebroadcast publicroom roomadmins roomdesc roomname roomowners roomsecret whois`;
  const offered = form(romeo);
  for (const name of registered.split(/\s+/)) expect(offered.has(config(name)), name).toBe(true);
});

describe('the most occupants', () => {
  it('are chosen from numbers that the service allows, or said freely', () => {
    const { romeo, service } = garden({ limits: { occupants: 60 } });
    const offered = ['none', '10', '20', '50'];
    expect(optionsOf(form(romeo).get(config('maxusers')))).toEqual(offered);
    configures(romeo, { [config('maxusers')]: '33' });
    expect([...service.rooms.values()][0]?.config.maxOccupants).toBe(33);
    const maxusers = form(romeo).get(config('maxusers'));
    expect([optionsOf(maxusers), valuesOf(maxusers)]).toEqual([[...offered, '33'].sort(numerically), ['33']]);
  });
});

function numerically(a: string, b: string): number {
  return (Number(a) || 0) - (Number(b) || 0);
}

describe('the lists of owners and admins', () => {
  const listed = (owner: Actor, name: string) => valuesOf(form(owner).get(config(name)))?.sort();

  it('stand in the form, and are changed by it', () => {
    const { romeo, juliet } = garden();
    expect(listed(romeo, 'roomowners')).toEqual(['romeo@verona.lit']);
    juliet.ignoresAll();
    configures(romeo, {
      [config('roomowners')]: ['romeo@verona.lit', 'juliet@verona.lit'],
      [config('roomadmins')]: ['nurse@verona.lit'],
    });
    juliet.receives(`<message><x><item affiliation='admin' jid='nurse@verona.lit'/></x></message>`);
    juliet.receives(
      `<presence from='${room}/juliet'><x><item affiliation='owner' role='moderator'/></x></presence>`,
    );
    expect(listed(juliet, 'roomowners')).toEqual(['juliet@verona.lit', 'romeo@verona.lit']);
    expect(listed(juliet, 'roomadmins')).toEqual(['nurse@verona.lit']);
    configures(romeo, {
      [config('roomowners')]: ['romeo@verona.lit'],
      [config('roomadmins')]: ['juliet@verona.lit'],
    });
    expect(listed(romeo, 'roomowners')).toEqual(['romeo@verona.lit']);
    expect(listed(romeo, 'roomadmins')).toEqual(['juliet@verona.lit']);
  });

  it('stay when they are not submitted, or as they were', () => {
    const { romeo, juliet } = garden();
    administers(romeo, `<item affiliation='admin' jid='nurse@verona.lit'/>`);
    juliet.ignoresAll();
    configures(romeo, { [config('roomowners')]: ['romeo@verona.lit'] });
    juliet.receivesNothing();
    expect(listed(romeo, 'roomadmins')).toEqual(['nurse@verona.lit']);
  });

  it.each([
    [
      'without an owner',
      { [config('roomowners')]: ['juliet@verona.lit/balcony'] },
      'modify',
      'not-acceptable',
    ],
    ['with what is no address', { [config('roomadmins')]: ['@'] }, 'modify', 'not-acceptable'],
    ['with nobody left to own it', { [config('roomowners')]: [] as string[] }, 'cancel', 'conflict'],
  ])('are refused %s, with all that is submitted beside them', (_, fields, type, condition) => {
    const { romeo, juliet, service } = garden();
    configures(romeo, { ...fields, [config('roomname')]: 'Orchard' });
    romeo.receives(refusal('iq', type, condition));
    juliet.receivesNothing();
    expect([...service.rooms.values()][0]?.config.name).toBe('');
    expect(listed(romeo, 'roomowners')).toEqual(['romeo@verona.lit']);
  });
});

describe('whose presence is shown', () => {
  const unseen = { [config('presencebroadcast')]: ['moderator', 'participant'] };
  const voice = (role: string) => `<item nick='juliet' role='${role}'/>`;

  it('does not include a role that the owner leaves out', () => {
    const { stage, romeo, juliet } = garden();
    const nurse = stage.actor('nurse@verona.lit/hall');
    configures(romeo, { ...unseen, [config('moderatedroom')]: '1' });
    stage.everybodyIgnoresAll();
    nurse.sends(join('nurse'));
    nurse.receives(`<presence from='${room}/romeo'/>`);
    nurse.receives(`<presence from='${room}/juliet'/>`);
    nurse.receives(
      `<presence from='${room}/nurse'><x><item role='visitor'/><status code='110'/></x></presence>`,
    );
    juliet.receivesNothing();
    juliet.sends(`<presence type='probe' to='${room}/nurse'/>`);
    juliet.receives(refusal('presence', 'cancel', 'item-not-found'));
    nurse.leaves(room);
    juliet.receivesNothing();
  });

  it('follows the role of whoever is there', () => {
    const { stage, romeo, juliet } = garden();
    const nurse = stage.actor('nurse@verona.lit/hall');
    nurse.joins(room, 'nurse');
    configures(romeo, unseen);
    stage.everybodyIgnoresAll();
    administers(romeo, voice('visitor'));
    nurse.receives(
      `<presence type='unavailable' from='${room}/juliet'><x><item role='none'/></x></presence>`,
    );
    juliet.receives(
      `<presence from='${room}/juliet'><x><item role='visitor'/><status code='110'/></x></presence>`,
    );
    administers(romeo, voice('participant'));
    nurse.receives(`<presence from='${room}/juliet'><x><item role='participant'/></x></presence>`);
    nurse.receivesNothing();
  });

  it('follows the setting at once', () => {
    const { romeo, juliet } = garden();
    configures(romeo, { [config('presencebroadcast')]: ['moderator'] });
    romeo.receives(`<presence type='unavailable' from='${room}/juliet'/>`);
    juliet.receives(`<message><x><status code='104'/></x></message>`);
    romeo.ignoresAll();
    configures(romeo, { [config('presencebroadcast')]: ['participant', 'moderator'] });
    romeo.receives(`<presence from='${room}/juliet'/>`);
    juliet.receives(`<message><x><status code='104'/></x></message>`);
    juliet.receivesNothing();
  });

  it('is made of roles', () => {
    const { romeo } = garden();
    configures(romeo, { [config('presencebroadcast')]: ['moderator', 'none'] });
    romeo.receives(refusal('iq', 'modify', 'not-acceptable'));
  });
});

describe('the list of members', () => {
  const members = `<iq type='get' id='l1' to='${room}'>
    <query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='member'/></query></iq>`;

  it.each([
    ['participant', 'anyone', true],
    ['participant', 'moderators', false],
    ['moderator', 'anyone', false],
  ])(
    'is read by a participant if it is for a %s and real addresses are for %s: %s',
    (reader, whois, allowed) => {
      const { romeo, juliet } = garden();
      administers(romeo, `<item affiliation='member' jid='nurse@verona.lit'/>`);
      configures(romeo, { [config('getmemberlist')]: [reader], [config('whois')]: whois });
      juliet.ignoresAll();
      juliet.sends(members);
      const list = `<iq type='result'><query><item jid='nurse@verona.lit' affiliation='member'/></query></iq>`;
      juliet.receives(allowed ? list : refusal('iq', 'auth', 'forbidden'));
    },
  );

  it('is read by members from outside only where only members enter and all know each other', () => {
    const { stage, romeo } = garden();
    const nurse = stage.actor('nurse@verona.lit/hall');
    const tybalt = stage.actor('tybalt@verona.lit/street');
    administers(romeo, `<item affiliation='member' jid='nurse@verona.lit'/>`);
    nurse.sends(members);
    nurse.receives(refusal('iq', 'auth', 'forbidden'));
    configures(romeo, { [config('membersonly')]: '1' });
    nurse.ignoresAll();
    nurse.sends(members);
    nurse.receives(`<iq type='result'/>`);
    tybalt.sends(members);
    tybalt.receives(refusal('iq', 'auth', 'forbidden'));
  });
});

it('tells newcomers who say nothing of history as much as the owner wants', () => {
  const { stage, romeo } = garden();
  configures(romeo, { [config('defaulthistorymessages')]: '1' });
  for (const id of ['1', '2']) {
    romeo.sends(`<message type='groupchat' id='${id}' to='${room}'><body>${id}</body></message>`);
  }
  const history = (inside: string): string => {
    const nurse = stage.actor('nurse@verona.lit/hall');
    nurse.sends(
      `<presence to='${room}/nurse'><x xmlns='http://jabber.org/protocol/muc'>${inside}</x></presence>`,
    );
    return nurse.inbox.map((stanza) => stanza.getChildText('body') ?? '').join('');
  };
  expect(history('')).toBe('2');
  expect(history(`<history maxstanzas='5'/>`)).toBe('12');
});

it.each([
  ['xmpp:pubsub.verona.lit?;node=garden', true],
  ['https://verona.lit/', false],
])('associates the node %s: %s', (uri, taken) => {
  const { romeo } = garden();
  configures(romeo, { [config('pubsub')]: uri });
  if (!taken) {
    romeo.receives(refusal('iq', 'modify', 'not-acceptable'));
    return;
  }
  romeo.ignoresAll();
  romeo.sends(
    `<iq type='get' id='d1' to='${room}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`,
  );
  romeo.receives(
    `<iq><query><x><field var='muc#roomconfig_pubsub'><value>${uri}</value></field></x></query></iq>`,
  );
});

it('leaves invitations to admins where others may not invite', () => {
  const { romeo, juliet, stage } = garden();
  configures(romeo, { [config('allowinvites')]: '0' });
  stage.everybodyIgnoresAll();
  const invites = `<message to='${room}'><x xmlns='http://jabber.org/protocol/muc#user'><invite to='nurse@verona.lit'/></x></message>`;
  juliet.sends(invites);
  juliet.receives(refusal('message', 'auth', 'forbidden'));
  romeo.sends(invites);
  expect(stage.routed).toHaveLength(1);
});

it('says nothing to the room of a setting that is submitted as it was', () => {
  const { romeo, juliet } = garden();
  configures(romeo, { [config('presencebroadcast')]: ['visitor', 'participant', 'moderator'] });
  romeo.receives(done);
  juliet.receivesNothing();
});
