import {
  createFaceGroupsClient,
  type FaceGroup,
  type FaceGroupsProblemCode,
  type ListQuery,
} from '../../client/src/face-groups-client.js'

/** Checked at compile time: true only if both are the same type. */
type Same<A, B> = [A, B] extends [B, A] ? true : false
const holds = <T extends true>(value: T): T => value

describe('the client’s types', () => {
  it('come from the contract', () => {
    holds<Same<FaceGroup['id'], string | null>>(true)
    holds<Same<NonNullable<ListQuery['sort']>, 'createdAt' | '-createdAt' | 'name' | '-name' | 'id' | '-id'>>(true)
    holds<Same<Extract<FaceGroupsProblemCode, 'upstream_timeout' | 'unreachable'>, 'upstream_timeout' | 'unreachable'>>(
      true,
    )
    expect(Object.keys(createFaceGroupsClient()).toSorted()).toEqual(['get', 'iterate', 'list', 'refresh', 'watch'])
  })

  it('reject what the service would reject', () => {
    // @ts-expect-error Not a valid sort.
    const sort: ListQuery = { sort: 'size' }
    // @ts-expect-error Not a valid parameter.
    const parameter: ListQuery = { colour: 'red' }
    // @ts-expect-error Not a valid code.
    const code: FaceGroupsProblemCode = 'no_such_code'
    expect([sort, parameter, code]).toHaveLength(3)
  })
})
