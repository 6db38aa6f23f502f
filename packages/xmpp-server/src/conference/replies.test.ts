import { it } from 'vitest';
import { garden, room } from '../muc/testing/verona.js';
import { replies } from './index.js';

it('gives replies their namespace, in groups and in private', () => {
  const { stage, romeo, juliet } = garden();
  stage.load(replies);
  const reply = `<body>Ay</body><reply to='m1'/>`;
  const named = `<body>Ay</body><reply xmlns='urn:xmpp:reply:0' to='m1'/>`;
  juliet.sends(`<message xmlns='jabber:client' type='groupchat' to='${room}'>${reply}</message>`);
  romeo.receives(`<message type='groupchat'>${named}</message>`);
  juliet.sends(`<message xmlns='jabber:client' type='chat' to='${room}/romeo'>${reply}</message>`);
  romeo.receives(`<message type='chat'>${named}</message>`);
});

it('leaves alone what has a namespace', () => {
  const { stage, romeo, juliet } = garden();
  stage.load(replies);
  juliet.sends(
    `<message xmlns='jabber:client' type='groupchat' to='${room}'><reply xmlns='a:b' to='m1'/></message>`,
  );
  romeo.receives(`<message><reply xmlns='a:b' to='m1'/></message>`);
});
