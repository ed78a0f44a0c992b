import { createRandom } from './seeded-random.js'

/** `count` broken variants of `bytes`: flipped, cut, doubled, filled with what parsers stumble over. */
export function mutations(bytes: Buffer, { count, seed }: { count: number; seed: number }): Buffer[] {
  const random = createRandom(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  const stumbling = [
    '\r',
    '\n',
    '\r\n\r\n',
    '\0',
    ':',
    ' ',
    '\xff',
    '%00',
    '../',
    'Transfer-Encoding: chunked\r\n',
    '?limit=-1',
  ]
  const change = (input: Buffer): Buffer => {
    const at = below(input.length)
    const [before, after] = [input.subarray(0, at), input.subarray(at)]
    switch (below(5)) {
      case 0:
        return Buffer.concat([before, Buffer.from([below(256)]), after.subarray(1)])
      case 1:
        return before
      case 2:
        return Buffer.concat([before, after.subarray(below(after.length))])
      case 3:
        return Buffer.concat([input, before])
      default:
        return Buffer.concat([before, Buffer.from(stumbling[below(stumbling.length)] ?? '', 'latin1'), after])
    }
  }
  return Array.from({ length: count }, () => {
    let mutated = bytes
    for (let times = 1 + below(4); times > 0; times -= 1) mutated = change(mutated)
    return mutated
  })
}
