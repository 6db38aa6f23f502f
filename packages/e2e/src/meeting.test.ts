/** A meeting from beginning to end, by two people with real browsers, in each form that an installation takes. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { launchBrowser, Person } from './harness/browser.js';
import { type Deployment, type Instance, startInstance } from './harness/instance.js';

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
});

/** Resolves when what `person` sees and hears goes on: more pictures, more sound. */
async function receivesMedia(person: Person): Promise<void> {
  await vi.waitFor(
    async () =>
      expect(await person.reception()).toMatchObject({
        framesDecoded: expect.toSatisfy(isPositive) as number,
      }),
    { timeout: 30_000, interval: 250 },
  );
  const before = await person.reception();
  await vi.waitFor(
    async () => {
      const now = await person.reception();
      expect(now.framesDecoded, `${person.name}: pictures`).toBeGreaterThan(before.framesDecoded + 5);
      expect(now.audioPackets, `${person.name}: sound`).toBeGreaterThan(before.audioPackets + 20);
      expect(now.audioEnergy, `${person.name}: audible sound`).toBeGreaterThan(before.audioEnergy);
    },
    { timeout: 30_000, interval: 250 },
  );
}

const isPositive = (count: number) => count > 0;

describe.each<Deployment>(['all in one process', 'four processes'])(
  'a meeting, %s',
  { timeout: 120_000 },
  (deployment) => {
    const room = 'oak-and-ash';
    let instance: Instance;
    let guest: Person;
    let host: Person;

    beforeAll(async () => {
      instance = await startInstance(deployment);
      guest = await Person.arrive(browser, instance, 'Gwen');
      host = await Person.arrive(browser, instance, 'Hanna');
    });

    afterAll(async () => {
      await guest.vanish();
      await host.vanish();
      await instance.stop();
    });

    it('begins with a guest who names the room and waits for the host', async () => {
      await guest.page.goto('/');
      await guest.heading('Meet in a room of your own').waitFor();
      expect(await guest.accessibilityProblems()).toEqual([]);
      await guest.page.getByLabel('Room name').fill(room);
      await guest.page.getByLabel('Your name').fill(guest.name);
      await guest.button('Go to the room').click();
      await guest.heading('Ready to join?').waitFor();
      expect(await guest.accessibilityProblems()).toEqual([]);
      await guest.button('Join').click();
      await guest.isWaiting();
      expect(await guest.accessibilityProblems()).toEqual([]);
    });

    it('is opened by the host, whose account is made while everything runs', async () => {
      expect(await instance.conclavectl('register', 'hanna', instance.domain, 'correct horse')).toMatchObject(
        { code: 0 },
      );
      await host.knock(room);
      await host.isWaiting();
      await host.logIn('hanna', 'wrong horse');
      await host.page.getByText('User name or password is wrong.').waitFor();
      expect(await host.accessibilityProblems()).toEqual([]);
      await host.page.getByLabel('Password').fill('correct horse');
      await host.button('Log in').click();
      await host.heading(room).waitFor();
    });

    it('lets the guest in by itself, and its host moderates', async () => {
      await guest.isIn(room, 2);
      await host.isIn(room, 2);
      await guest.page.getByText('Moderator', { exact: true }).waitFor();
      await host.page.getByText('Moderator', { exact: true }).waitFor();
    });

    it('shows and plays each to the other', async () => {
      await receivesMedia(guest);
      await receivesMedia(host);
      expect(await guest.accessibilityProblems()).toEqual([]);
    });

    it('goes through the bridge, not from browser to browser', async () => {
      for (const person of [guest, host]) {
        const { remotes } = await person.reception();
        expect(new Set(remotes.map((remote) => remote.split(':').at(-1)))).toEqual(
          new Set([String(instance.ports.media)]),
        );
      }
    });

    it('tells the others who is muted', async () => {
      await guest.button('Microphone').click();
      await host.page.getByRole('img', { name: 'Microphone muted' }).waitFor();
      await guest.button('Microphone').click();
      await host.page.getByRole('img', { name: 'Microphone muted' }).waitFor({ state: 'detached' });
    });

    it('carries chat both ways', async () => {
      for (const person of [guest, host]) await person.button(/^Chat/).click();
      await guest.page.getByLabel('Message to everyone').fill('Good morning <b>Hanna</b>');
      await guest.button('Send').click();
      await host.page.getByRole('log').getByText('Good morning <b>Hanna</b>').waitFor();
      await host.page.getByLabel('Message to everyone').fill('Good morning Gwen');
      await host.button('Send').click();
      await guest.page.getByRole('log').getByText('Good morning Gwen').waitFor();
      expect(await host.accessibilityProblems()).toEqual([]);
    });

    it('goes on for the guest when the host leaves', async () => {
      await host.leave();
      expect(await host.accessibilityProblems()).toEqual([]);
      await guest.isIn(room, 1);
    });

    it('takes the host back, with sound and picture', async () => {
      await host.button('Join again').click();
      await host.isIn(room, 2);
      await receivesMedia(guest);
      await receivesMedia(host);
      await host.leave();
      await guest.isIn(room, 1);
    });

    it('is over when the last one has left: the next guest waits again', async () => {
      await guest.leave();
      const next = await Person.arrive(browser, instance, 'Nora');
      await next.knock(room);
      await next.isWaiting();
      expect(await next.misconduct()).toEqual({ foreignRequests: [], violations: [], errors: [] });
      await next.vanish();
    });

    it('spoke to nobody else and kept its own policy', async () => {
      for (const person of [guest, host]) {
        expect(await person.misconduct()).toEqual({ foreignRequests: [], violations: [], errors: [] });
      }
    });

    it('ends cleanly, and within five seconds', async () => {
      for (const { code, took } of await instance.stop()) {
        expect(code, instance.processes.map(({ log }) => log).join('\n')).toBe(0);
        expect(took).toBeLessThan(5000);
      }
    });
  },
);
