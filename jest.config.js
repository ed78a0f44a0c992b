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
  globalSetup: '<rootDir>/test/support/prepare-run.ts',
  setupFilesAfterEnv: ['<rootDir>/test/support/leak-detector.ts'],
  // Generous, so that no test fails on a busy machine.
  testTimeout: 60_000,
  // Tests mostly wait for processes and timers.
  maxWorkers: 4,
  // A worker with hundreds of megabytes of loaded modules may take longer than the default of 500 ms to exit on a busy
  // machine; one with open handles never exits.
  workerGracefulExitTimeout: 30_000,
}
