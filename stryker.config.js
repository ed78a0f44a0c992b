import jestConfig from './jest.config.js'

const modules = ['face-groups', 'finauth', 'http/authentication', 'snapshot-cache']

export default {
  mutate: [...modules.map((module) => `src/${module}/**/*.ts`), '!src/**/*.generated.ts'],
  testRunner: 'jest',
  testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  jest: {
    config: {
      ...jestConfig,
      roots: ['<rootDir>/src', '<rootDir>/test'],
      testMatch: modules.map((module) => `<rootDir>/test/${module}/**/*.test.ts`),
      testTimeout: 5000,
    },
  },
  // Stryker reads tsconfig.json through an API that TypeScript 7 no longer has.
  ignorePatterns: ['tsconfig*.json', 'bench', 'deploy', 'dist', 'dist-dev', 'docs', 'reports'],
  concurrency: 2,
  timeoutMS: 10_000,
  // ES modules that jest has loaded are never freed.
  maxTestRunnerReuse: 40,
  thresholds: { high: 95, low: 90, break: 85 },
  incremental: true,
  incrementalFile: 'reports/mutation/incremental.json',
  reporters: ['clear-text', 'html', 'json', 'progress-append-only'],
  htmlReporter: { fileName: 'reports/mutation/mutation.html' },
  jsonReporter: { fileName: 'reports/mutation/mutation.json' },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  tempDirName: 'reports/.stryker-tmp',
}
