/** The scene of dialogues about visitors: the meeting of Romeo and Juliet, and a node where Tybalt and Paris come to look. */
import { NS } from '@conclave/signaling';
import { muc } from '../../muc/muc.js';
import type { Actor } from '../../muc/testing/stage.js';
import {
  endpointMessages,
  meetingId,
  polls,
  roomMetadata,
  visitorNodePolls,
  visitorPolls,
  visitorRoom,
  visitors,
} from '../index.js';
import { at, main, meeting, room } from './meeting.js';

export const node = { host: 'v1.meet.jitsi', rooms: 'conference.v1.meet.jitsi' };
/** The room there. */
export const there = `garden@${node.rooms}`;

export function visit(options: object = {}) {
  const scene = meeting(({ stage }) => {
    stage.load(meetingId);
    stage.load(endpointMessages);
    const focusAccount = 'focus@auth.verona.lit';
    stage.beside(node.host);
    const rooms = stage.beside(node.rooms);
    const reservedNicks = { focus: focusAccount };
    rooms.load(muc, { admins: [focusAccount], reservedNicks, rooms: { moderated: true } });
    rooms.load(roomMetadata, { component: `metadata.${node.host}`, announcedBy: node.host });
    const rooms0 = { host: main, rooms: 'rooms.verona.lit', component: `visitors.${main}` };
    rooms.load(visitorRoom, { visitors: node.host, main: rooms0 });
    rooms.load(visitorNodePolls, {
      component: `polls.${node.host}`,
      announcedBy: node.host,
      main: { rooms: rooms0.rooms, polls: `polls.${main}` },
    });
    stage.load(polls, at('polls', { votes: 4 }));
    stage.load(
      visitors,
      at('visitors', { nodes: { v1: node }, exempt: ['recorder.verona.lit'], ...options }),
    );
    stage.load(visitorPolls);
  });
  const { stage, focus } = scene;
  const paris = stage.actor(`paris@${node.host}/gate`, { anonymous: true });
  const rosaline = stage.actor(`rosaline@${node.host}/wall`, { anonymous: true });
  /** The focus enters the node's room, and has the node connected. */
  const connects = async (vnode = 'v1'): Promise<void> => {
    looksIn(focus, 'focus');
    orders(focus, 'connect-vnode', vnode);
    await settled();
    stage.everybodyIgnoresAll();
  };
  return { ...scene, paris, rosaline, connects };
}

/** All that hosts have asked each other is answered. */
export const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

export function orders(focus: Actor, what: 'connect-vnode' | 'disconnect-vnode', vnode = 'v1'): void {
  focus.sends(
    `<iq type='get' id='v' to='visitors.verona.lit'><visitors xmlns='jitsi:visitors' room='${room}'><${what} vnode='${vnode}'/></visitors></iq>`,
  );
}

/** Enters the node's room, or asks to. @param inside of the presence */
export function looksIn(actor: Actor, nick: string, inside = ''): void {
  actor.sends(`<presence to='${there}/${nick}'><x xmlns='${NS.muc}'/>${inside}</presence>`);
}
