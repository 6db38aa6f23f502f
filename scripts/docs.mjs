/** `npm run docs`: writes the generated pages of the handbook. A test keeps them up to date. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildTypeScript, giveUp, root } from './install.mjs';

if (!buildTypeScript(['packages/conclave'])) giveUp('The build failed.');
const { configurationPage, errorsPage } = await import('../packages/conclave/dist/config/reference.js');
const pages = { 'configuration.md': configurationPage(), 'errors.md': errorsPage() };
for (const [name, text] of Object.entries(pages)) writeFileSync(join(root, 'docs/handbook', name), text);
spawnSync(join(root, 'node_modules/.bin/prettier'), ['--write', 'docs/handbook'], {
  cwd: root,
  stdio: 'inherit',
});
