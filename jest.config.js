/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  globalSetup: '<rootDir>/test/support/ensure-programs.ts',
  setupFilesAfterEnv: ['<rootDir>/test/support/leak-check.ts'],
  // Generous, so that a busy machine fails no test.
  testTimeout: 60_000,
  // Tests wait for processes and clocks more than they compute.
  maxWorkers: 4,
  // A worker with hundreds of megabytes of loaded modules may take longer than the default of 500 ms to end on a busy
  // machine; one that a test left something open in never ends.
  workerGracefulExitTimeout: 30_000,
}
