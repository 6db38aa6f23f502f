import { parse } from 'ltx';
import { describe, expect, it } from 'vitest';
import { el } from './elements.js';
import { errorReply, isStanzaError, parseStanzaError, resultReply, stanzaError } from './stanza-error.js';

const iq = parse("<iq xmlns='jabber:client' type='set' id='7' from='ann@a/1' to='focus.a'><secret/></iq>");

describe('a stanza error', () => {
  it('has the type that RFC 6120 recommends for its condition', () => {
    expect(stanzaError('forbidden')).toEqual({ type: 'auth', condition: 'forbidden' });
    expect(stanzaError('item-not-found').type).toBe('cancel');
  });

  it('goes back to the sender without what it sent', () => {
    const reply = errorReply(
      iq,
      stanzaError('not-acceptable', 'no', el('session-invalid', { xmlns: 'urn:x' })),
    );
    expect(reply.toString()).toBe(
      '<iq type="error" id="7" from="focus.a" to="ann@a/1" xmlns="jabber:client"><error type="modify">' +
        '<not-acceptable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/>' +
        '<text xmlns="urn:ietf:params:xml:ns:xmpp-stanzas">no</text><session-invalid xmlns="urn:x"/></error></iq>',
    );
  });

  it('is read back with its application conditions', () => {
    const error = stanzaError('conflict', 'twice', el('nick', { xmlns: 'urn:x', taken: true }));
    const read = parseStanzaError(parse(errorReply(iq, error).toString()));
    expect(read).toMatchObject({ type: 'cancel', condition: 'conflict', text: 'twice' });
    expect(read?.application?.map((each) => each.name)).toEqual(['nick']);
  });

  it.each([
    ["<iq type='error'/>", { type: 'cancel', condition: 'undefined-condition' }],
    [
      "<iq type='error'><error type='loud'><wow/></error></iq>",
      { type: 'cancel', condition: 'undefined-condition' },
    ],
  ])('is something even when malformed: %s', (xml, expected) => {
    expect(parseStanzaError(parse(xml))).toMatchObject(expected);
  });

  it('is told from other answers', () => {
    expect(parseStanzaError(iq)).toBeUndefined();
    expect(isStanzaError(stanzaError('gone'))).toBe(true);
    expect(isStanzaError(iq)).toBe(false);
    expect(isStanzaError(undefined)).toBe(false);
  });
});

describe('a result', () => {
  it('goes back to the sender with its payload', () => {
    expect(resultReply(iq, el('done')).toString()).toBe(
      '<iq type="result" id="7" from="focus.a" to="ann@a/1" xmlns="jabber:client"><done/></iq>',
    );
  });
});
