import { foldText } from '../../src/face-groups/face-group.js'

describe('foldText', () => {
  it.each([
    ['TESTUserSet', 'testuserset'],
    ['Straße', 'STRASSE'],
    ['ΟΔΟΣ', 'οδος'],
    ['οδοσ', 'οδος'],
    ['Ｆｕｌｌ', 'full'],
    ['é', 'e\u0301'],
    ['ﬁle', 'FILE'],
  ])('makes %s and %s equal', (some, other) => {
    expect(foldText(some)).toBe(foldText(other))
  })

  it('matches the dotted capital İ with i', () => {
    expect(foldText('İstanbul')).toContain(foldText('i'))
  })

  it('keeps texts apart that differ by more than case', () => {
    expect(foldText('é')).not.toBe(foldText('e'))
    expect(foldText('a b')).not.toBe(foldText('ab'))
  })
})
