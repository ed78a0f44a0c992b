import * as fc from 'fast-check'
import { atOnce } from '../../src/face-groups/steps.js'
import { splitDocument } from '../../src/finauth/split-document.js'

describe('a document without its list', () => {
  it('comes to the same as the whole, whatever the list holds and whatever stands around it', () => {
    fc.assert(
      fc.property(anyDocument, fc.constantFrom(undefined, 1, '\t'), (document, indent) => {
        const text = JSON.stringify(document, null, indent)
        expect(put(Buffer.from(text))).toEqual(JSON.parse(text))
      }),
    )
  })

  it('is valid together with its elements exactly where the whole is', () => {
    fc.assert(
      fc.property(
        anyDocument,
        fc.nat(),
        fc.constantFrom('', ',', ']', '[', '"', '}', '\\', ':', '0'),
        (document, at, put_) => {
          const text = JSON.stringify(document)
          const cut = at % (text.length + 1)
          const broken = text.slice(0, cut) + put_ + text.slice(cut + 1)
          expect(outcomeOf(() => put(Buffer.from(broken)))).toEqual(outcomeOf(() => JSON.parse(broken)))
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
    ['under the same name twice', '{"list":[1,2],"list":[3]}'],
    ['under an escaped name', '{"\\u006cist":[1,2]}'],
    ['named as a value', '{"a":"list","b":[1,2]}'],
  ])('is the document itself where there is only a list %s', (_what, text) => {
    const { skeleton, elements } = atOnce(splitDocument(Buffer.from(text), 'list'))
    expect([skeleton, elements.length]).toEqual([text, 0])
  })

  it.each([
    ['many short elements', Array.from({ length: 50_000 }, () => 0), 100_000 / 65_536, 50_000 / 512],
    ['a few long elements', Array.from({ length: 400 }, () => ({ text: 'x'.repeat(1000) })), 404_000 / 65_536, 1],
  ])('is made with a pause every 65 536 bytes and every 512 elements: %s', (_, list, forBytes, forElements) => {
    const pauses = pausesOf(splitDocument(Buffer.from(JSON.stringify({ list })), 'list'))
    expect(pauses).toBeGreaterThanOrEqual(Math.floor(forBytes) + Math.floor(forElements))
    expect(pauses).toBeLessThanOrEqual(Math.ceil(forBytes) + Math.ceil(forElements))
  })

  it('takes out every element of a long list', () => {
    const list = Array.from({ length: 5000 }, (_, at) => ({ id: `[${at}]`, text: '"{,' }))
    const { skeleton, elements } = atOnce(splitDocument(Buffer.from(JSON.stringify({ list })), 'list'))
    expect(elements.length).toBe(5000)
    expect(skeleton).toBe(JSON.stringify({ list: list.map(() => 0) }))
  })
})

const anyDocument = fc
  .tuple(
    fc.dictionary(fc.string(), fc.jsonValue()),
    fc.array(fc.jsonValue()),
    fc.dictionary(fc.string(), fc.jsonValue()),
  )
  .map(([before, list, after]) => Object.assign({}, before, { list }, after))

/** The document with its elements back in their places. */
function put(body: Buffer): unknown {
  const { skeleton, elements } = atOnce(splitDocument(body, 'list'))
  const document: unknown = JSON.parse(skeleton)
  if (elements.length > 0) {
    const holder = document as { list: unknown[] }
    expect(holder.list).toHaveLength(elements.length)
    holder.list = holder.list.map((_, at) => JSON.parse(elements.at(at).toString()) as unknown)
  }
  return document
}

function pausesOf(steps: Iterable<undefined>): number {
  return [...steps].length
}

function outcomeOf(parse: () => unknown): unknown {
  try {
    return { value: parse() }
  } catch (error) {
    if ((error as Error).name !== 'SyntaxError') throw error
    return 'no JSON'
  }
}
