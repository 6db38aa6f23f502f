import { existsSync } from 'node:fs';

if (!existsSync(new URL('../dist/cli', import.meta.url))) {
  console.error('Conclave is not built yet: run `npm ci && npm run build` in its directory, or `npm start`.');
  process.exit(2);
}
