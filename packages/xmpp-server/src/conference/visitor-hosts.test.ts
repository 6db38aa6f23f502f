/** Where visitors log in and look at meetings. */
import { expect, it } from 'vitest';
import { hostPlans } from '../host-plans.js';

const plansOf = (more: object = {}) =>
  hostPlans({ domain: 'meet.example', conference: { visitors: { nodes: ['v1', 'v2'] } }, ...more });
const named = (name: string, more: object = {}) => plansOf(more).find((plan) => plan.name === name);
const modulesOf = (name: string, more: object = {}) =>
  named(name, more)?.modules.map((module) => module.name);

it('is on hosts of names that clients make up of the node', () => {
  const names = plansOf().map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining(['visitors.meet.example', 'v1.meet.jitsi', 'conference.v2.meet.jitsi']),
  );
  expect(named('v1.meet.jitsi')?.accounts).toBe('anonymous');
  expect(modulesOf('conference.meet.example')).toContain('visitors');
});

it('has polls where meetings have them', () => {
  expect(named('polls.v1.meet.jitsi')).toBeDefined();
  const without = { conference: { polls: false, visitors: { nodes: ['v1'] } } };
  expect(named('polls.v1.meet.jitsi', without)).toBeUndefined();
  expect(modulesOf('conference.v1.meet.jitsi', without)).not.toContain('visitor-node-polls');
});

it('is nowhere unless the operator wants it', () => {
  const names = hostPlans({ domain: 'meet.example' }).map(({ name }) => name);
  expect(names.filter((name) => /visitors|meet\.jitsi/.test(name))).toEqual([]);
});

it('needs a token where the meeting needs one', () => {
  const authentication = { provider: 'token', token: { appId: 'app', appSecret: 'x'.repeat(32) } };
  expect(named('v1.meet.jitsi', { authentication })?.accounts).toMatchObject({ provider: 'token' });
  expect(modulesOf('conference.v1.meet.jitsi', { authentication })).toContain('token-verification');
  const withGuests = {
    ...authentication,
    token: { ...authentication.token, exemptDomains: ['guest.meet.example'] },
  };
  expect(named('v1.meet.jitsi', { authentication: withGuests })?.accounts).toBe('anonymous');
});
