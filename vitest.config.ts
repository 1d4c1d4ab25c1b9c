import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Examples import the library by its name, as in a project of one's own.
  resolve: {
    alias: [
      { find: /^dualbn$/, replacement: `${import.meta.dirname}/src/index.ts` },
      { find: /^dualbn\/(.+)$/, replacement: `${import.meta.dirname}/src/$1/index.ts` },
    ],
  },
  test: {
    include: ['src/**/*.test.ts', 'bench/**/*.test.ts', 'docs/**/*.test.ts', 'examples/**/*.test.ts'],
    // Native libraries hold process-wide state (thread pools, environment read at load): one process a file.
    pool: 'forks',
    // The tests that train use both cores of a small machine already.
    maxWorkers: 2,
    // A slow machine is not a failing test.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
