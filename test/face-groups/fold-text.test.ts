import { foldText } from '../../src/face-groups/indexed-group.js'

describe('foldText', () => {
  it.each([
    ['TESTUserSet', 'testuserset'],
    ['Straße', 'STRASSE'],
    ['ΟΔΟΣ', 'οδος'],
    ['οδοσ', 'οδος'],
    ['Ｆｕｌｌ', 'full'],
    ['é', 'e\u0301'],
    ['ﬁle', 'FILE'],
  ])('makes one of %s and %s', (some, other) => {
    expect(foldText(some)).toBe(foldText(other))
  })

  it('lets an i find the dotted capital İ', () => {
    expect(foldText('İstanbul')).toContain(foldText('i'))
  })

  it('keeps apart what differs by more than case', () => {
    expect(foldText('é')).not.toBe(foldText('e'))
    expect(foldText('a b')).not.toBe(foldText('ab'))
  })
})
