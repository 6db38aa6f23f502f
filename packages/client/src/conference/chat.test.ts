import { parse } from 'ltx';
import { describe, expect, it } from 'vitest';
import { type ChatMessage, isConfigurationChange, readChatMessage } from './chat.js';
import { withMessage } from './state.js';

const room = 'r1@conference.meet.example';
const message = (inside: string, attributes = `type='groupchat' from='${room}/ann' id='m1'`) =>
  parse(`<message xmlns='jabber:client' ${attributes}>${inside}</message>`);

describe('a message', () => {
  it('has a sender, a text and a time', () => {
    expect(readChatMessage(message('<body>hi</body>'), room, 1000)).toEqual({
      id: 'm1',
      nick: 'ann',
      visitorName: undefined,
      text: 'hi',
      sentAt: 1000,
      private: false,
    });
  });

  it('of the history keeps the time it was sent', () => {
    const delayed = message(`<body>hi</body><delay xmlns='urn:xmpp:delay' stamp='2026-01-02T03:04:05Z'/>`);
    expect(readChatMessage(delayed, room, 0)?.sentAt).toBe(Date.UTC(2026, 0, 2, 3, 4, 5));
  });

  it('of a visitor is in the name of the room, or of somebody whom it does not show', () => {
    const named = `<body>hi</body><display-name xmlns='http://jitsi.org/protocol/display-name' source='visitor'>Vera\u202E</display-name>`;
    const inRoomsName = message(named, `type='groupchat' from='${room}'`);
    expect(readChatMessage(inRoomsName, room, 0)).toMatchObject({ nick: '', visitorName: 'Vera' });
    expect(readChatMessage(message(named), room, 0)).toMatchObject({ nick: 'ann', visitorName: 'Vera' });
    const otherSource = named.replace("'visitor'", "'guest'");
    expect(readChatMessage(message(otherSource), room, 0)?.visitorName).toBeUndefined();
  });

  it.each([
    ['no text', message('<subject>s</subject>')],
    ['the room itself', message('<body>x</body>', `type='groupchat' from='${room}'`)],
    ['another room', message('<body>x</body>', `type='groupchat' from='evil@conference.meet.example/ann'`)],
    ['an error', message('<body>x</body>', `type='error' from='${room}/ann'`)],
  ])('with %s is none', (_, stanza) => expect(readChatMessage(stanza, room, 0)).toBeUndefined());

  it('says that the configuration changed only if the room says so', () => {
    const status = `<x xmlns='http://jabber.org/protocol/muc#user'><status code='104'/></x>`;
    expect(isConfigurationChange(message(status, `type='groupchat' from='${room}'`), room)).toBe(true);
    expect(isConfigurationChange(message(status), room)).toBe(false);
  });
});

describe('the messages', () => {
  const at = (id: string, sentAt: number): ChatMessage => ({
    id,
    sentAt,
    from: 'ann',
    displayName: '',
    text: id,
    own: false,
    visitor: false,
    private: false,
  });

  it('stand in the order of their sending, each once', () => {
    let all: readonly ChatMessage[] = [];
    for (const each of [at('b', 2), at('c', 3), at('a', 1), at('b', 2)]) all = withMessage(all, each);
    expect(all.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });

  it('are not kept for ever', () => {
    let all: readonly ChatMessage[] = [];
    for (let index = 0; index < 600; index += 1) all = withMessage(all, at(String(index), index));
    expect(all).toHaveLength(500);
    expect(all.at(-1)?.id).toBe('599');
  });
});
