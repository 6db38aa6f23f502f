import { expect, it } from 'vitest';
import { Stage } from '../muc/testing/stage.js';
import { clientProxy } from './client-proxy.js';

function office(options: object = {}) {
  const stage = new Stage('focus.verona.lit');
  stage.load(clientProxy, { target: 'focus@auth.verona.lit/focus', ...options });
  const focus = stage.actor('focus@auth.verona.lit/focus');
  const guest = stage.actor('g1@guest.verona.lit/r1');
  return { stage, focus, guest };
}

const asks = (id: string) => `
  <iq type='set' id='${id}' to='focus.verona.lit'>
    <conference xmlns='http://jitsi.org/protocol/focus' room='garden@rooms.verona.lit'><property name='a' value='b'/></conference>
  </iq>`;

/** Answers are promises kept: they are there one turn of the loop later. */
const answered = () => new Promise((resolve) => setImmediate(resolve));

it('asks the focus as focus.D/<client>, and answers the client as focus.D', async () => {
  const { focus, guest } = office();
  guest.sends(asks('c1'));
  const request = focus.receives(`
    <iq type='set' from='focus.verona.lit/g1@guest.verona.lit/r1' to='focus@auth.verona.lit/focus'>
      <conference xmlns='http://jitsi.org/protocol/focus' room='garden@rooms.verona.lit'><property name='a' value='b'/></conference>
    </iq>`);
  focus.sends(`
    <iq type='result' id='${String(request.attrs['id'])}' to='focus.verona.lit/g1@guest.verona.lit/r1'>
      <conference xmlns='http://jitsi.org/protocol/focus' ready='true'/>
    </iq>`);
  await answered();
  guest.receives(`
    <iq type='result' id='c1' from='focus.verona.lit' to='g1@guest.verona.lit/r1'>
      <conference xmlns='http://jitsi.org/protocol/focus' ready='true'/>
    </iq>`);
  guest.receivesNothing();
});

it('keeps apart what clients ask under the same id, and errors with their extras', async () => {
  const { stage, focus, guest } = office();
  const other = stage.actor('g2@guest.verona.lit/r1');
  guest.sends(asks('same'));
  other.sends(asks('same'));
  const first = focus.receives(`<iq from='focus.verona.lit/g1@guest.verona.lit/r1'/>`);
  const second = focus.receives(`<iq from='focus.verona.lit/g2@guest.verona.lit/r1'/>`);
  focus.sends(`
    <iq type='error' id='${String(second.attrs['id'])}' to='${String(second.attrs['from'])}'>
      <error type='cancel'><not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><session-invalid xmlns='http://jitsi.org/protocol/focus'/></error>
    </iq>`);
  focus.sends(`<iq type='result' id='${String(first.attrs['id'])}' to='${String(first.attrs['from'])}'/>`);
  await answered();
  other.receives(
    `<iq type='error' id='same' from='focus.verona.lit'><error><not-allowed/><session-invalid/></error></iq>`,
  );
  guest.receives(`<iq type='result' id='same' from='focus.verona.lit'/>`);
});

it('takes answers from nobody but the focus, and only once', async () => {
  const { stage, focus, guest } = office();
  const thief = stage.actor('thief@verona.lit/street');
  guest.sends(asks('c1'));
  const request = focus.receives('<iq/>');
  const answer = `<iq type='result' id='${String(request.attrs['id'])}' to='${String(request.attrs['from'])}'/>`;
  thief.sends(answer);
  await answered();
  guest.receivesNothing();
  focus.sends(answer);
  focus.sends(answer);
  await answered();
  guest.receives(`<iq type='result' id='c1'/>`);
  guest.receivesNothing();
  thief.receivesNothing();
});

it('limits what one client and all clients together have under way', async () => {
  const { stage, focus, guest } = office({ maxPendingPerClient: 2, maxPending: 3 });
  const other = stage.actor('g2@guest.verona.lit/r1');
  const refused = (id: string) =>
    `<iq type='error' id='${id}'><error type='wait'><resource-constraint/></error></iq>`;
  for (const id of ['1', '2', '3']) guest.sends(asks(id));
  guest.receives(refused('3'));
  other.sends(asks('4'));
  other.sends(asks('5'));
  other.receives(refused('5'));
  const request = focus.receives('<iq/>');
  focus.sends(
    `<iq type='result' id='${String(request.attrs['id'])}' to='${String(request.attrs['from'])}'/>`,
  );
  await answered();
  other.sends(asks('6'));
  other.receivesNothing();
});

it('refuses a client whose address does not fit into a resource', () => {
  const { stage, focus } = office();
  const long = stage.actor(`g@guest.verona.lit/${'r'.repeat(1010)}`);
  long.sends(asks('c1'));
  long.receives(`<iq type='error' id='c1'><error type='modify'><jid-malformed/></error></iq>`);
  focus.receivesNothing();
});

it('carries nothing but IQs', () => {
  const { focus, guest } = office();
  guest.sends(`<message to='focus.verona.lit'><body>Hi</body></message>`);
  guest.receives(`<message type='error'><error type='cancel'><service-unavailable/></error></message>`);
  guest.sends(`<presence to='focus.verona.lit'/>`);
  guest.receives(`<presence type='error'><error type='cancel'><service-unavailable/></error></presence>`);
  guest.sends(`<presence type='unavailable' to='focus.verona.lit'/>`);
  guest.receivesNothing();
  expect(focus.inbox).toEqual([]);
});

it('answers everybody when it is unloaded', async () => {
  const { stage, guest } = office();
  guest.sends(asks('c1'));
  stage.host.requests.dispose();
  await answered();
  guest.receives(
    `<iq type='error' id='c1' from='focus.verona.lit'><error><service-unavailable/></error></iq>`,
  );
});
