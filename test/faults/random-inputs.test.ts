import { misshapenList, createRandom } from './random-inputs.js'

it('is JSON, different each time, and deterministic per seed', () => {
  const lists = (seed: number): string[] => {
    const random = createRandom(seed)
    return Array.from({ length: 500 }, () => misshapenList(random))
  }
  const texts = lists(1)
  for (const text of texts) expect(() => JSON.parse(text) as unknown).not.toThrow()
  expect(new Set(texts).size).toBeGreaterThan(400)
  expect(lists(1)).toEqual(texts)
})
