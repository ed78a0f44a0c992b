import {
  createFaceGroupsClient,
  type FaceGroup,
  type FaceGroupsProblemCode,
  type ListQuery,
} from '../../client/src/face-groups-client.js'

/** Holds at compile time: true only where both are the same type. */
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

  it('refuse what the service would refuse', () => {
    // @ts-expect-error There is no such sort.
    const sort: ListQuery = { sort: 'size' }
    // @ts-expect-error There is no such parameter.
    const parameter: ListQuery = { colour: 'red' }
    // @ts-expect-error There is no such code.
    const code: FaceGroupsProblemCode = 'no_such_code'
    expect([sort, parameter, code]).toHaveLength(3)
  })
})
