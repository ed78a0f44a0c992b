import * as fc from 'fast-check'
import type { FaceGroup } from '../../src/face-groups/face-group.js'

/** Few distinct values, so that ties, duplicates and hits are common; and the awkward texts of real life. */
const awkward = [
  '',
  'a/b',
  '50 %',
  '%2F',
  ' ',
  'Straße',
  'STRASSE',
  'ΟΔΟΣ',
  'Ｆｕｌｌ',
  'é',
  'e\u0301',
  '👩🏽‍🔬',
  'x'.repeat(1024),
  'a"\\\n',
]
const text = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom('Ann', 'bob', 'Bo', 'b') },
  { weight: 2, arbitrary: fc.constantFrom(...awkward) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
)

export const moments = [
  '2026-01-27T06:19:01Z',
  '2026-01-27T06:19:01.500Z',
  '2026-02-05T03:17:45Z',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
]

export const texts = text

export const group: fc.Arbitrary<FaceGroup> = fc.record({
  id: fc.option(text),
  name: text,
  description: text,
  modelVersion: fc.constantFrom('s21', 's22', ''),
  createdAt: fc.option(fc.constantFrom(...moments)),
})

export const groups = fc.array(group, { maxLength: 30 })
