import { defineConfig } from 'vitest/config';

// Sibling packages are taken from their sources (the "source" export condition), so tests never see a stale build.
const conditions = ['source'];
// node-datachannel aborts the process when it is loaded in a worker thread: forks, always.
const shared = { resolve: { conditions }, ssr: { resolve: { conditions } } };
/** Milliseconds that what a test waits for may take on a busy machine. */
const patience = { poll: { timeout: 10_000 } };

export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          expect: patience,
          pool: 'forks',
          include: ['packages/*/src/**/*.test.{ts,tsx}', 'scripts/**/*.test.ts'],
          exclude: ['packages/e2e/**', '**/node_modules/**', '**/dist/**'],
        },
      },
      {
        ...shared,
        test: {
          name: 'e2e',
          expect: patience,
          pool: 'forks',
          include: ['packages/e2e/src/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 90_000,
          hookTimeout: 90_000,
        },
      },
    ],
  },
});
