import { parse } from 'ltx';
import { describe, expect, it } from 'vitest';
import { el } from './elements.js';
import {
  decodeBridgeStats,
  encodeBridgeStats,
  encodeMucAdmin,
  encodeMucConfig,
  encodeMucDestroy,
  encodeMucUser,
  joinPresence,
  type MucUser,
  parseMucUser,
} from './index.js';

describe('joining a room', () => {
  it('asks for it in presence', () => {
    const presence = joinPresence({
      room: 'r@muc',
      nick: 'ann',
      password: 'pw',
      maxHistory: 0,
      extensions: [el('nick')],
    });
    expect(presence.toString()).toBe(
      '<presence to="r@muc/ann"><x xmlns="http://jabber.org/protocol/muc"><history maxstanzas="0"/>' +
        '<password>pw</password></x><nick/></presence>',
    );
  });
});

describe('what a room says of an occupant', () => {
  it('comes back from the wire as it was', () => {
    const user: MucUser = {
      affiliation: 'owner',
      role: 'moderator',
      jid: 'ann@a/1',
      statusCodes: new Set([110, 307]),
      reason: 'noise',
      actor: { nick: 'bob' },
      destroy: { jid: 'other@muc', reason: 'moved' },
    };
    const presence = el('presence', {}, encodeMucUser(user));
    expect(parseMucUser(parse(presence.toString()))).toEqual(user);
  });

  it('grants nothing when it is malformed', () => {
    const presence = parse(
      "<presence><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='god' role='pope'/><status code='x'/></x></presence>",
    );
    expect(parseMucUser(presence)).toEqual({ affiliation: 'none', role: 'none', statusCodes: new Set() });
  });

  it('is nothing without muc#user', () => {
    expect(parseMucUser(el('presence'))).toBeUndefined();
  });
});

describe('administration of a room', () => {
  it('grants and kicks', () => {
    expect(
      encodeMucAdmin(
        { jid: 'ann@a', affiliation: 'owner' },
        { nick: 'bob', role: 'none', reason: 'noise' },
      ).toString(),
    ).toBe(
      '<query xmlns="http://jabber.org/protocol/muc#admin"><item jid="ann@a" affiliation="owner"/>' +
        '<item nick="bob" role="none"><reason>noise</reason></item></query>',
    );
  });

  it('configures', () => {
    expect(
      encodeMucConfig({ 'muc#roomconfig_whois': 'anyone', 'muc#roomconfig_membersonly': true }).toString(),
    ).toBe(
      '<query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="submit">' +
        '<field var="FORM_TYPE" type="hidden"><value>http://jabber.org/protocol/muc#roomconfig</value></field>' +
        '<field var="muc#roomconfig_whois"><value>anyone</value></field>' +
        '<field var="muc#roomconfig_membersonly"><value>1</value></field></x></query>',
    );
  });

  it('destroys', () => {
    expect(encodeMucDestroy('over').toString()).toBe(
      '<query xmlns="http://jabber.org/protocol/muc#owner"><destroy><reason>over</reason></destroy></query>',
    );
  });
});

describe('statistics of a bridge', () => {
  it('come back from its presence', () => {
    const presence = el('presence', {}, encodeBridgeStats({ stress_level: 0.12, healthy: true }));
    expect(decodeBridgeStats(parse(presence.toString()))).toEqual({ stress_level: '0.12', healthy: 'true' });
    expect(decodeBridgeStats(el('presence'))).toBeUndefined();
  });
});
