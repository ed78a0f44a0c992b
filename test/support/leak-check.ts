import { canary } from './leak-canary.js'

// Runs in every test file: nothing that left a service may hold a secret.
afterAll(() => {
  expect(canary.leaks()).toEqual([])
})
