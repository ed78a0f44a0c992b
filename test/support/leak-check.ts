import { leakDetector } from './leak-detector.js'

// Runs in every test file: nothing that left a service may hold a secret.
afterAll(() => {
  expect(leakDetector.leaks()).toEqual([])
})
