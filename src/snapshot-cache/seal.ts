import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import type { Secret } from '../secret.js'

/** Version of the entry's format: header, compression and the value's bytes. A replica with another one has a miss. */
export const FORMAT = 'FG3'
const FENCE_DIGITS = 16
const TIME_DIGITS = 14
const STATED_BYTES = FORMAT.length + FENCE_DIGITS + TIME_DIGITS
const IV_BYTES = 12
const TAG_BYTES = 16
const TAG_OFFSET = STATED_BYTES + IV_BYTES
/** What precedes the ciphertext. Unique to each sealing, so it identifies an entry. */
export const HEADER_BYTES = TAG_OFFSET + TAG_BYTES
const MAX_OPENED_BYTES = 256 * 1024 * 1024
const statedPattern = new RegExp(`^${FORMAT}(\\d{${FENCE_DIGITS}})(\\d{${TIME_DIGITS}})$`)

const compress = promisify(gzip)
const decompress = promisify(gunzip)

interface Stated {
  readonly fence: number
  /** Redis time in whole milliseconds at which the origin was asked. */
  readonly at: number
}

type Opened =
  | ({ readonly outcome: 'opened'; readonly plain: Buffer } & Stated)
  | { readonly outcome: 'unusable'; readonly reason: 'format' | 'key' | 'seal' | 'compression' }

/**
 * Seals values with AES-256-GCM (NIST SP 800-38D) under a key derived from `key` by HKDF-SHA-256 (RFC 5869), compressed
 * first. Fence and time are in clear and authenticated together with the format and `scope`: an entry can be neither
 * made fresher, nor reordered, nor moved to another prefix or account. `key` is read each time, so a rotated file takes
 * effect.
 */
export function createSeal({ key, scope }: { key: Secret; scope: string }) {
  const currentKey = (): Buffer => Buffer.from(hkdfSync('sha256', key.reveal(), '', 'face-groups snapshot seal', 32))
  const authenticated = (stated: Buffer): Buffer => Buffer.concat([stated, Buffer.from(`\n${scope}`)])

  return {
    /** Compresses and encrypts. Rejects when the key cannot be read. */
    async close(plain: Uint8Array, { fence, at }: Stated): Promise<Buffer> {
      const digits = String(fence).padStart(FENCE_DIGITS, '0') + String(at).padStart(TIME_DIGITS, '0')
      const stated = Buffer.from(FORMAT + digits)
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', currentKey(), iv).setAAD(authenticated(stated))
      const body = cipher.update(await compress(plain, { level: 1 }))
      const end = cipher.final()
      return Buffer.concat([stated, iv, cipher.getAuthTag(), body, end])
    },

    /** Decrypts and decompresses. Never rejects. */
    async open(sealed: Buffer): Promise<Opened> {
      let reason: Extract<Opened, { outcome: 'unusable' }>['reason'] = 'format'
      const match = statedPattern.exec(sealed.toString('latin1', 0, STATED_BYTES))
      if (match === null || sealed.length < HEADER_BYTES) return { outcome: 'unusable', reason }
      try {
        reason = 'key'
        const secret = currentKey()
        reason = 'seal'
        const iv = sealed.subarray(STATED_BYTES, TAG_OFFSET)
        const decipher = createDecipheriv('aes-256-gcm', secret, iv, { authTagLength: TAG_BYTES })
          .setAAD(authenticated(sealed.subarray(0, STATED_BYTES)))
          .setAuthTag(sealed.subarray(TAG_OFFSET, HEADER_BYTES))
        const compressed = Buffer.concat([decipher.update(sealed.subarray(HEADER_BYTES)), decipher.final()])
        reason = 'compression'
        const plain = await decompress(compressed, { maxOutputLength: MAX_OPENED_BYTES })
        return { outcome: 'opened', plain, fence: Number(match[1]), at: Number(match[2]) }
      } catch {
        return { outcome: 'unusable', reason }
      }
    },
  }
}
