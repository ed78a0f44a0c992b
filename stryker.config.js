import jestConfig from './jest.config.js'

const rooms = ['finauth', 'http/authentication', 'snapshot-cache']

export default {
  mutate: rooms.map((room) => `src/${room}/**/*.ts`),
  testRunner: 'jest',
  testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  jest: {
    config: {
      ...jestConfig,
      roots: ['<rootDir>/src', '<rootDir>/test'],
      testMatch: rooms.map((room) => `<rootDir>/test/${room}/**/*.test.ts`),
      // These two hold real seconds to a bound: on a busy machine they would fail by themselves, whatever the mutant.
      testPathIgnorePatterns: ['/snapshot-cache/(fleet-refresh|redis-loss)\\.test\\.ts$'],
      testTimeout: 5000,
      testEnvironment: './scripts/mutation/stop-at-failure.js',
      runner: '<rootDir>/scripts/mutation/runner.js',
    },
  },
  // Left as they are: Stryker reads tsconfig.json by an API that TypeScript 7 no longer has.
  ignorePatterns: ['tsconfig*.json', 'bench', 'deploy', 'dist', 'docs', 'reports'],
  concurrency: 2,
  timeoutMS: 10_000,
  // Each run leaves modules behind that nothing frees.
  maxTestRunnerReuse: 40,
  thresholds: { high: 95, low: 85, break: 85 },
  incremental: true,
  incrementalFile: 'reports/mutation/incremental.json',
  reporters: ['clear-text', 'html', 'json', 'progress-append-only'],
  htmlReporter: { fileName: 'reports/mutation/mutation.html' },
  jsonReporter: { fileName: 'reports/mutation/mutation.json' },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  tempDirName: 'reports/.stryker-tmp',
}
