import type { components } from './api-types.generated.js'

/** One face library, in our words: as the contract shows it to callers. */
export type FaceGroup = Readonly<components['schemas']['FaceGroup']>
