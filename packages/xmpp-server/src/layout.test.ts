/** Who may reach what in a conferencing service: the table that keeps guests away from the service's own accounts. */
import { describe, expect, it } from 'vitest';
import { conferencingLayout } from './layout.js';

const hosts = conferencingLayout('d.example');

describe('the hosts of a domain', () => {
  it.each([
    ['d.example', 'internal_hashed', 'anyone', false],
    ['guest.d.example', 'anonymous', 'anyone', false],
    ['auth.d.example', 'internal_hashed', ['auth.d.example'], true],
    ['conference.d.example', 'none', 'anyone', false],
    ['internal.auth.d.example', 'none', ['auth.d.example'], false],
    ['focus.d.example', 'none', 'anyone', false],
  ])('%s has %s accounts, is reachable from %s, trusted: %s', (name, accounts, accessibleFrom, trusted) => {
    expect(hosts.find((host) => host.name === name)).toMatchObject({ accounts, accessibleFrom, trusted });
  });

  it('are these and no others, unless they are wanted', () => {
    const components = [
      'audiotranslation',
      'avmoderation',
      'breakout',
      'endconference',
      'filesharing',
      'lobby',
      'metadata',
      'polls',
      'speakerstats',
    ];
    expect(hosts).toHaveLength(6 + components.length);
    for (const name of components) expect(hosts.map(({ name: host }) => host)).toContain(`${name}.d.example`);
    const more = conferencingLayout('d.example', { pubsub: true });
    expect(more.map(({ name }) => name).filter((name) => !hosts.some((host) => host.name === name))).toEqual([
      'pubsub.d.example',
    ]);
  });
});
