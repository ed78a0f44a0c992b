import { leakDetector } from './leak-detector.js'

// Runs in every test file: no output of a service may contain a secret.
afterAll(() => {
  expect(leakDetector.leaks()).toEqual([])
})
