import type { FaceGroup } from '../../src/face-groups/face-group.js'

export function sampleGroup(facts: Partial<FaceGroup> = {}): FaceGroup {
  return {
    id: 'Finauth_test_001',
    name: 'TestUserSet001',
    description: '',
    modelVersion: 's21',
    createdAt: '2026-01-27T06:19:01Z',
    ...facts,
  }
}
