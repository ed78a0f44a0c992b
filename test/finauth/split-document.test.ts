import * as fc from 'fast-check'
import { DocumentSplitter } from '../../src/finauth/split-document.js'

describe('a document without its list', () => {
  it('comes to the same as the whole, whatever the list holds and whatever stands around it', () => {
    fc.assert(
      fc.property(anyDocument, fc.constantFrom(undefined, 1, '\t'), anyLength, (document, indent, length) => {
        const text = JSON.stringify(document, null, indent)
        expect(put(text, length)).toEqual(JSON.parse(text))
      }),
    )
  })

  it('is valid together with its elements exactly where the whole is', () => {
    fc.assert(
      fc.property(
        anyDocument,
        fc.nat(),
        fc.constantFrom('', ',', ']', '[', '"', '}', '\\', ':', '0'),
        anyLength,
        (document, at, put_, length) => {
          const text = JSON.stringify(document)
          const cut = at % (text.length + 1)
          const broken = text.slice(0, cut) + put_ + text.slice(cut + 1)
          expect(outcomeOf(() => put(broken, length))).toEqual(outcomeOf(() => JSON.parse(broken)))
        },
      ),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['of an object within', '{"inner":{"list":[1]}}'],
    ['that is no list', '{"list":{"0":1}}'],
    ['in a list', '[{"list":[1,2]}]'],
    ['without a name', '[[1,2]]'],
    ['within an object of that name', '{"list":{"x":[1,2]},"y":[3]}'],
    ['that is empty', '{"list":[ ]}'],
    ['under an escaped name', '{"\\u006cist":[1,2]}'],
    ['named as a value', '{"a":"list","b":[1,2]}'],
    ['under a longer name', '{"lists":[1,2]}'],
    ['under a name that ends like it', '{"my list":[1,2]}'],
  ])('is the document itself where there is only a list %s', (_what, text) => {
    expect(split(text, 5)).toEqual({ skeleton: text.replace('[ ]', '[]'), lists: text.includes('[ ]') ? [[]] : [] })
  })

  it('gives the elements of each list that stands under the name', () => {
    const { skeleton, lists } = split('{"list":[1,2],"list":[3]}', 4)
    expect(skeleton).toBe('{"list":[0,0],"list":[0]}')
    expect(lists).toEqual([['1', '2'], ['3']])
  })

  it('takes out every element of a long list', () => {
    const list = Array.from({ length: 5000 }, (_, at) => ({ id: `[${at}]`, text: '"{,' }))
    const { skeleton, lists } = split(JSON.stringify({ list }), 1000)
    expect(lists.map((elements) => elements.map((element) => JSON.parse(element) as unknown))).toEqual([list])
    expect(skeleton).toBe(JSON.stringify({ list: list.map(() => 0) }))
  })

  it('hands an element on as soon as its end is there', () => {
    const taken: string[] = []
    const document = new DocumentSplitter('list', { begin() {}, take: (...run) => taken.push(...elementsOf(...run)) })
    document.take(Buffer.from('{"list":[{"a":[1,2]},{"b":"\\"'))
    expect(taken).toEqual(['{"a":[1,2]}'])
    document.take(Buffer.from('"},'))
    expect(taken).toEqual(['{"a":[1,2]}', '{"b":"\\""}'])
  })
})

/** Of the pieces in which a document comes in. */
const anyLength = fc.constantFrom(1, 2, 3, 7, 1000)

const anyDocument = fc
  .tuple(
    fc.dictionary(fc.string(), fc.jsonValue()),
    fc.array(fc.jsonValue()),
    fc.dictionary(fc.string(), fc.jsonValue()),
  )
  .map(([before, list, after]) => Object.assign({}, before, { list }, after))

function split(text: string, pieceLength: number): { skeleton: string; lists: string[][] } {
  const lists: string[][] = []
  const document = new DocumentSplitter('list', {
    begin: () => lists.push([]),
    take: (...run) => lists.at(-1)?.push(...elementsOf(...run)),
  })
  takeInPieces(document, text, pieceLength)
  return { skeleton: document.skeleton().toString(), lists }
}

function elementsOf(run: Buffer, ends: readonly number[]): string[] {
  return ends.map((end, at) => run.toString('utf8', at === 0 ? 0 : ends[at - 1]! + 1, end))
}

/** The document with its elements back in their places, parsed as they are handed on: several at a time. */
function put(text: string, pieceLength: number): unknown {
  const lists: unknown[][] = []
  const document = new DocumentSplitter('list', {
    begin: () => lists.push([]),
    take(run, ends) {
      const elements = JSON.parse(`[${run.toString()}]`) as unknown[]
      expect(elements).toHaveLength(ends.length)
      lists.at(-1)?.push(...elements)
    },
  })
  takeInPieces(document, text, pieceLength)
  const whole: unknown = JSON.parse(document.skeleton().toString())
  const elements = lists.at(-1)
  if (elements) {
    const holder = whole as { list: unknown[] }
    expect(holder.list).toHaveLength(elements.length)
    holder.list = elements
  }
  return whole
}

function takeInPieces(document: DocumentSplitter, text: string, length: number): void {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += length) document.take(bytes.subarray(at, at + length))
}

function outcomeOf(parse: () => unknown): unknown {
  try {
    return { value: parse() }
  } catch (error) {
    if ((error as Error).name !== 'SyntaxError') throw error
    return 'no JSON'
  }
}
