import { Buffer } from 'node:buffer'
import { LineReader } from '../../src/face-groups/line-reader.js'

function piecesOf(text: string, length: number): Buffer[] {
  const bytes = Buffer.from(text)
  return Array.from({ length: Math.ceil(bytes.length / length) }, (_, at) =>
    bytes.subarray(at * length, (at + 1) * length),
  )
}

function linesOf(pieces: readonly Buffer[]): string[] {
  const reader = new LineReader(pieces)
  const lines: string[] = []
  for (let line = reader.next(); line !== null; line = reader.next()) lines.push(line.toString())
  return lines
}

const text = 'é\n\nthree\n'
const lengths = Array.from(Buffer.from(text).keys(), (at) => at + 1)

describe('lines', () => {
  it.each(lengths)('are found in pieces of %i bytes', (length) => {
    expect(linesOf(piecesOf(text, length))).toEqual(['é', '', 'three'])
  })

  it('of nothing are none', () => {
    expect(linesOf([])).toEqual([])
  })

  it('are refused where the last one has no end', () => {
    expect(() => linesOf([Buffer.from('one\ntw'), Buffer.from('o')])).toThrow('the last line is cut off')
  })
})

describe('bytes that are known', () => {
  it.each(lengths)('are passed over in pieces of %i bytes, and what follows them is next', (length) => {
    const reader = new LineReader(piecesOf(text, length))
    expect(reader.skip(Buffer.from('é\n\n'))).toBe(true)
    expect(reader.next()?.toString()).toBe('three')
    expect(reader.next()).toBeNull()
  })

  it.each(lengths)('are passed over up to the end of pieces of %i bytes', (length) => {
    const reader = new LineReader(piecesOf(text, length))
    expect(reader.skip(Buffer.from(text))).toBe(true)
    expect(reader.next()).toBeNull()
  })

  it.each([['é\n\nthree\nfour\n'], ['é\n\nthreE\n'], ['e']])('stay next where it is not %j that comes', (other) => {
    for (const length of lengths) {
      const reader = new LineReader(piecesOf(text, length))
      expect(reader.skip(Buffer.from(other))).toBe(false)
      expect(reader.next()?.toString()).toBe('é')
    }
  })
})
