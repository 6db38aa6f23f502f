import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../config/load.js';
import { readModules } from './read-modules.js';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'conclave-modules-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const modules = (yaml: string): ReturnType<typeof readModules> => {
  writeFileSync(join(directory, 'conclave.yaml'), yaml);
  return readModules(loadConfig({}, directory));
};

test('uploads have their limits from the configuration, as any module', async () => {
  const wanted = await modules('xmpp:\n  modules:\n    upload.localhost:\n      http-upload: { quota: 5 }\n');
  expect(wanted.modules?.['upload.localhost']?.['http-upload']).toEqual({ quota: 5 });
});

test('uploads can be switched off', async () => {
  const wanted = await modules('xmpp:\n  modules:\n    upload.localhost:\n      http-upload: false\n');
  expect(wanted.modules?.['upload.localhost']?.['http-upload']).toBe(false);
});

test('limits that are none are refused (CONF-007)', async () => {
  const wanted = modules('xmpp:\n  modules:\n    upload.localhost:\n      http-upload: { quota: -5 }\n');
  await expect(wanted).rejects.toThrow('quota');
});
