/** Messages that are taken back or changed. */
import { expect, it } from 'vitest';
import { refusal } from '../muc/testing/verona.js';
import type { Actor } from '../muc/testing/stage.js';
import { messageModeration } from './index.js';
import { enters, meeting, room } from './testing/meeting.js';

const retract = 'urn:xmpp:message-retract:1';

function scene(options: object = {}) {
  const people = meeting(({ stage }) => stage.load(messageModeration, options));
  const nurse = people.stage.actor('nurse@guest.verona.lit/hall', { anonymous: true });
  enters(nurse, 'nurse');
  people.stage.everybodyIgnoresAll();
  return { ...people, nurse };
}

const speaks = (actor: Actor, inside: string, id = 'x') =>
  actor.sends(`<message type='groupchat' id='${id}' to='${room}'>${inside}</message>`);

/** Says something under an id of its own. @returns the room's */
function says(actor: Actor, others: Actor, id = 'm1', body = 'Wherefore art thou'): string {
  speaks(actor, `<body>${body}</body>`, id);
  const said = others.receives(`<message type='groupchat' id='${id}'><stanza-id by='${room}'/></message>`);
  actor.stage.everybodyIgnoresAll();
  return String(said.getChild('stanza-id')?.attrs['id']);
}

/** As Jitsi's client does it. */
const takesBack = (actor: Actor, id: string) =>
  speaks(
    actor,
    `<retract xmlns='${retract}' id='${id}'/><fallback xmlns='urn:xmpp:fallback:0' for='${retract}'/><body>gone</body><store xmlns='urn:xmpp:hints'/>`,
  );
const moderates = (actor: Actor, id: string, reason = 'spam') =>
  speaks(
    actor,
    `<apply-to xmlns='urn:xmpp:fasten:0' id='${id}'><moderated xmlns='urn:xmpp:message-moderate:1' by='${room}/somebody'><retract xmlns='${retract}'/></moderated><reason>${reason}</reason></apply-to>`,
  );
const corrects = (actor: Actor, id: string, body = 'Therefore') =>
  speaks(actor, `<body>${body}</body><replace xmlns='urn:xmpp:message-correct:0' id='${id}'/>`, 'c1');
const edits = (actor: Actor, id: string, body = 'Therefore', more = '') =>
  speaks(
    actor,
    `${more}<json-message xmlns='http://jitsi.org/jitmeet'>{"type":"EDIT_CHAT_MESSAGE","messageId":"${id}","message":"${body}","editedAt":1}</json-message>`,
  );

/** What somebody hears who comes later. */
function heardLater({ stage }: { stage: ReturnType<typeof meeting>['stage'] }): string {
  const friar = stage.actor('friar@guest.verona.lit/cell', { anonymous: true });
  enters(friar, 'friar');
  return friar.inbox.map((stanza) => stanza.getChildText('body') ?? '').join('|');
}

it('are taken back by the id that the sender gave them, and other clients learn the room’s', () => {
  const people = scene();
  const stableId = says(people.juliet, people.nurse);
  takesBack(people.juliet, 'm1');
  people.nurse.receives(`<message from='${room}/juliet'><retract xmlns='${retract}' id='m1'/></message>`);
  people.nurse.receives(
    `<message from='${room}/juliet'><retract xmlns='${retract}' id='${stableId}'/><occupant-id/></message>`,
  );
  people.nurse.receivesNothing();
  expect(heardLater(people)).not.toContain('Wherefore');
});

it('are taken back by the room’s id, and Jitsi’s clients learn the sender’s', () => {
  const people = scene();
  const stableId = says(people.juliet, people.nurse);
  takesBack(people.juliet, stableId);
  people.nurse.receives(`<message><retract id='${stableId}'/></message>`);
  people.nurse.receives(`<message from='${room}/juliet'><retract xmlns='${retract}' id='m1'/></message>`);
  expect(heardLater(people)).not.toContain('Wherefore');
});

it.each([
  ['taken back', takesBack],
  ['corrected', corrects],
  ['edited', edits],
] as const)('are %s by nobody else, not even a moderator, nor by whoever takes the name', (_, does) => {
  const people = scene();
  const stableId = says(people.juliet, people.nurse);
  people.juliet.leaves(room);
  people.nurse.leaves(room);
  enters(people.nurse, 'juliet');
  people.stage.everybodyIgnoresAll();
  for (const actor of [people.romeo, people.nurse]) {
    for (const id of ['m1', stableId]) {
      does(actor, id);
      actor.receives(refusal('message', 'auth', 'forbidden'));
    }
  }
  expect(heardLater(people)).toContain('Wherefore');
});

it('are not replaced by others of the same id, nor in private', () => {
  const people = scene();
  const stableId = says(people.juliet, people.nurse);
  for (const id of ['m1', stableId]) {
    for (const more of ['', `<replace xmlns='urn:xmpp:message-correct:0' id='n1'/>`]) {
      speaks(people.nurse, `<body>I said it</body>${more}`, id);
      people.nurse.receives(refusal('message', 'cancel', 'conflict'));
    }
    people.nurse.sends(
      `<message type='chat' to='${room}/romeo'><retract xmlns='${retract}' id='${id}'/><body>x</body></message>`,
    );
    people.nurse.receives(refusal('message', 'auth', 'forbidden'));
  }
  people.romeo.receivesNothing();
  // What the two have said to one another is theirs.
  people.nurse.sends(
    `<message type='chat' to='${room}/romeo'><retract xmlns='${retract}' id='p1'/><body>x</body></message>`,
  );
  people.romeo.receives(`<message type='chat'><retract id='p1'/></message>`);
});

it('are forgotten after a while, and nobody touches those any more', () => {
  const people = scene({ messages: 1 });
  says(people.juliet, people.nurse);
  says(people.juliet, people.nurse, 'm2', 'Another');
  for (const does of [takesBack, corrects, edits]) {
    does(people.nurse, 'm1');
    people.nurse.receives(refusal('message', 'cancel', 'item-not-found'));
  }
  people.romeo.receivesNothing();
});

it('are moderated by moderators, in their own name, for Jitsi’s clients and all others', () => {
  const people = scene();
  const stableId = says(people.juliet, people.nurse);
  moderates(people.romeo, 'm1');
  people.nurse.receives(
    `<message type='groupchat' from='${room}'>
       <apply-to xmlns='urn:xmpp:fasten:0' id='m1'><moderated by='${room}/romeo'><retract/><reason>spam</reason></moderated></apply-to>
       <no-store/>
     </message>`,
  );
  people.nurse.receives(
    `<message from='${room}'><retract xmlns='${retract}' id='${stableId}'><moderated by='${room}/romeo'/><reason>spam</reason></retract></message>`,
  );
  people.nurse.receivesNothing();
  expect(heardLater(people)).not.toContain('Wherefore');
  people.juliet.ignoresAll();
  corrects(people.juliet, 'm1');
  people.juliet.receives(refusal('message', 'cancel', 'not-allowed'));
});

it('are moderated by IQ as well', () => {
  const people = scene();
  const stableId = says(people.juliet, people.nurse);
  people.romeo.sends(
    `<iq type='set' id='i1' to='${room}'><moderate xmlns='urn:xmpp:message-moderate:1' id='${stableId}'><retract xmlns='${retract}'/></moderate></iq>`,
  );
  people.nurse.receives(`<message from='${room}'><apply-to id='m1'/></message>`);
  people.nurse.receives(`<message from='${room}'><retract id='${stableId}'/></message>`);
});

it.each([
  ['group', 'groupchat', room],
  ['private', 'chat', `${room}/romeo`],
])('are moderated by no participant, whatever it writes, in the %s', (_, type, to) => {
  const { nurse, juliet, romeo } = scene();
  says(juliet, nurse);
  for (const inside of [
    `<apply-to xmlns='urn:xmpp:fasten:0' id='m1'><moderated xmlns='urn:xmpp:message-moderate:1'><retract xmlns='${retract}'/></moderated></apply-to>`,
    `<apply-to xmlns='urn:xmpp:fasten:0' id='m1'><moderated xmlns='urn:xmpp:message-moderate:1'/></apply-to>`,
    `<retract xmlns='${retract}' id='m1'><moderated xmlns='urn:xmpp:message-moderate:1' by='${room}/romeo'/></retract>`,
  ]) {
    nurse.sends(`<message type='${type}' to='${to}'>${inside}</message>`);
    nurse.receives(refusal('message', 'auth', 'forbidden'));
  }
  romeo.receivesNothing();
});

it('are corrected by their authors, and newcomers read the new words only, in the old place', () => {
  const people = scene();
  says(people.juliet, people.nurse);
  says(people.nurse, people.juliet, 'n1', 'My lady');
  corrects(people.juliet, 'm1', 'Therefore');
  people.nurse.receives(`<message id='c1'><body>Therefore</body><replace id='m1'/></message>`);
  expect(heardLater(people)).toContain('Therefore|My lady');
  expect(heardLater(people)).not.toContain('Wherefore');
});

it('are edited as Jitsi’s clients do it', () => {
  const people = scene();
  says(people.juliet, people.nurse);
  edits(people.juliet, 'm1');
  people.nurse.receives(`<message><json-message/></message>`);
  expect(heardLater(people)).toContain('Therefore');
});

it.each([
  ['beside a body', (actor: Actor) => edits(actor, 'm1', 'Thus', '<body>Hi</body>')],
  [
    'in other letters',
    (actor: Actor) =>
      speaks(
        actor,
        `<json-message xmlns='http://jitsi.org/jitmeet'>{"type":"\\u0045DIT_CHAT_MESSAGE","messageId":"m1","message":"Thus"}</json-message>`,
      ),
  ],
])('are not edited by others %s', (_, does) => {
  const { nurse, juliet, romeo } = scene();
  says(juliet, nurse);
  does(nurse);
  nurse.receives(refusal('message', 'auth', 'forbidden'));
  romeo.receivesNothing();
});

it('refuses what names no message, and ids that are too long', () => {
  const { juliet } = scene();
  takesBack(juliet, '');
  juliet.receives(refusal('message', 'modify', 'bad-request'));
  corrects(juliet, 'x'.repeat(300));
  juliet.receives(refusal('message', 'modify', 'bad-request'));
  speaks(juliet, '<body>Hi</body>', 'x'.repeat(300));
  juliet.receives(refusal('message', 'modify', 'not-acceptable'));
});

it('tells clients that there is such a thing', () => {
  const { juliet } = scene();
  juliet.sends(
    `<iq type='get' id='d1' to='${room}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`,
  );
  const info = juliet.receives(`<iq type='result'/>`).toString();
  expect(info).toContain('muc#roominfo_messageModerationEnabled');
});
