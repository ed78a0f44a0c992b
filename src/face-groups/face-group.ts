import { z } from 'zod'
import type { components } from './api-types.generated.js'

/** One face library, as the contract shows it to callers. */
export type FaceGroup = Readonly<components['schemas']['FaceGroup']>

const shape = {
  id: z.string().nullable(),
  name: z.string(),
  description: z.string(),
  modelVersion: z.string(),
  /** In UTC. */
  createdAt: z.iso.datetime().nullable(),
} satisfies Record<keyof FaceGroup, z.ZodType>

/** Validates a group from an untrusted copy; unknown fields are dropped. */
export const faceGroupSchema: z.ZodType<FaceGroup> = z.object(shape)

/** A copy with the fields of the contract and no others, in the order in which responses show them. */
export function copyFaceGroup({ id, name, description, modelVersion, createdAt }: FaceGroup): FaceGroup {
  return { id, name, description, modelVersion, createdAt }
}

const fields = Object.keys(shape) as (keyof FaceGroup)[]

/** Whether all fields of the contract are equal. */
export function isSameFaceGroup(some: FaceGroup, other: FaceGroup): boolean {
  return fields.every((field) => some[field] === other[field])
}
