/** Somebody is invited, and sets a password in a real browser; then opens a room with it. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser } from './harness/browser.js';
import { type Instance, startInstance } from './harness/instance.js';
import { TestClient } from './harness/xmpp-client.js';

let browser: Browser;
let instance: Instance;

beforeAll(async () => {
  [browser, instance] = await Promise.all([launchBrowser(), startInstance()]);
});
afterAll(async () => {
  await browser.close();
  await instance.stop();
});

/** The page of a new invitation, as the first line of what conclavectl prints has it. */
async function invite(...args: string[]): Promise<string> {
  const { code, output } = await instance.conclavectl('invite', ...args);
  expect(code).toBe(0);
  const token = /\/invite\/([\w-]+)/.exec(output)?.[1] ?? '';
  return `${instance.url}/invite/${token}`;
}

async function open(url: string, locale: string) {
  const context = await browser.newContext({ locale });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    // A browser reports each answer that is no success.
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) errors.push(message.text());
  });
  await page.goto(url);
  return { page, errors };
}

it('the invited choose a name and a password, and are told of what is wrong', async () => {
  const link = await invite();
  await instance.conclavectl('register', 'taken', instance.domain, 'x');
  const { page, errors } = await open(link, 'en');
  await page.getByRole('heading', { name: 'Your own account' }).waitFor();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

  const set = page.getByRole('button', { name: 'Set the password' });
  const [name, password, again] = [
    page.getByLabel('User name'),
    page.getByLabel('Password', { exact: true }),
    page.getByLabel('Password, once more'),
  ];
  await set.click();
  await page.getByRole('alert').getByText('Enter a user name.').waitFor();
  await name.fill('taken');
  await password.fill('secret');
  await page.getByRole('status').getByText('Easy to guess').waitFor();
  await password.fill('correct horse battery staple');
  await page.getByRole('status').getByText('Strong.').waitFor();
  await again.fill('correct horse');
  await set.click();
  await page.getByRole('alert').getByText('not the same').waitFor();
  await again.fill('correct horse battery staple');
  await set.click();
  await page.getByRole('alert').getByText('This name is taken').waitFor();
  await name.fill('bea');
  await set.click();
  await page.getByText(`Your account is bea@${instance.domain}.`).waitFor();
  expect(new URL(page.url()).pathname).toBe('/');
  expect(errors).toEqual([]);

  const host = await TestClient.host(instance, 'bea', 'correct horse battery staple');
  await host.stop();
  await page.goto(link);
  await page.getByRole('alert').getByText('has been used').waitFor();
  await page.context().close();
});

it('a password is set anew, in German, for the account that the invitation names', async () => {
  await instance.conclavectl('register', 'carl', instance.domain, 'vergessen');
  const { page, errors } = await open(await invite('--reset', `carl@${instance.domain}`), 'de');
  await page.getByRole('heading', { name: 'Ein neues Passwort' }).waitFor();
  expect(await page.getByLabel('Benutzername').inputValue()).toBe('carl');
  await page.getByLabel('Passwort', { exact: true }).fill('vier eigene lange Woerter');
  await page.getByLabel('Passwort noch einmal').fill('vier eigene lange Woerter');
  await page.getByRole('button', { name: 'Passwort setzen' }).click();
  await page.getByText(`Ihr Konto ist carl@${instance.domain}.`).waitFor();
  expect(errors).toEqual([]);
  await expect(TestClient.host(instance, 'carl', 'vergessen')).rejects.toThrow('not-authorized');
  const host = await TestClient.host(instance, 'carl', 'vier eigene lange Woerter');
  await host.stop();
  await page.context().close();
});
