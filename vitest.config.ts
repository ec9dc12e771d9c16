import { defineConfig } from 'vitest/config';

export default defineConfig({
  // What the build makes of src/commands (scripts/program-modules.js).
  resolve: { alias: { 'cloudillo:commands': new URL('test/support/commands.ts', import.meta.url).pathname } },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/no-survivors.ts'],
    // Of a machine with other work, too: what hangs is found all the same.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
    expect: { poll: { timeout: 30_000 }, requireAssertions: true },
    pool: 'forks',
    // A fresh process for each file costs a fifth of the time, most of it for loading the same modules again.
    isolate: false,
    restoreMocks: true,
    // `npm run coverage`. The tests of commands run the built program, which isn't counted.
    coverage: { include: ['src/**/*.ts'], reporter: ['text-summary', 'html'] },
    // More than the smallest machine has cores: many tests wait for a process, a disk or a clock.
    maxWorkers: 3,
  },
});
