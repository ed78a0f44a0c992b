/** Mulberry32: numbers from 0 to 1, deterministic per seed. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** `count` invalid variants of `bytes`: flipped, truncated, duplicated, filled with difficult input. */
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

const strays = [
  'null',
  'true',
  '-1',
  '1e999',
  '""',
  '"fuzzed"',
  '"\\u0000"',
  '"fuzzed \\ud800"',
  '[]',
  '{}',
  '[[[[]]]]',
]

/** The vendor's document with some values changed, removed or duplicated: still valid JSON. */
export function misshapenList(random: () => number): string {
  const below = (limit: number): number => Math.floor(random() * limit)
  const name = below(1_000_000)
  const list = Array.from({ length: 5 }, (_, index) => ({
    group_id: `library-${index + 1}`,
    group_name: `fuzzed ${name}, library ${index + 1}`,
    group_data: 'fuzzed',
    model_version: 's21',
    add_time: '2026-01-27T14:19:01+08:00',
  }))
  const document = { request_id: 'fuzzed', time_used: 59, group_infos: list }
  const size = countOf(document)
  const [first, last] = [below(size), below(size)]
  let at = -1

  function write(value: unknown): string {
    at += 1
    if (at === first || at === last) return strays[below(strays.length)] ?? ''
    if (typeof value !== 'object' || value === null) return JSON.stringify(value)
    if (Array.isArray(value)) return `[${members(value, write)}]`
    return `{${members(Object.entries(value), ([key, inner]) => `${JSON.stringify(key)}:${write(inner)}`)}}`
  }
  function members<T>(all: readonly T[], each: (one: T) => string): string {
    const written = all.map(each)
    const fate = below(8)
    const chosen = below(written.length)
    if (fate === 0) written.splice(chosen, 1)
    if (fate === 1) written.push(written[chosen] ?? 'null')
    return written.join()
  }
  return write(document)
}

function countOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce((sum: number, inner) => sum + countOf(inner), 1)
}
