/** One face library, in our words. */
export interface FaceGroup {
  /** The company's own id for the library; `null` where the vendor has none. */
  readonly id: string | null
  readonly name: string
  /** The vendor's free text about the library (`group_data`); often empty. */
  readonly description: string
  /** Recognition model version, e.g. `s21`. */
  readonly modelVersion: string
  /** Creation time, RFC 3339 in UTC; `null` where the vendor's value cannot be read. */
  readonly createdAt: string | null
}
