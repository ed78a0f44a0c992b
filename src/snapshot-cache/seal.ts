import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import type { Secret } from '../secret.js'

/**
 * The format of an entry and its version, the only one: of this header, of the compression and of the value's bytes. A replica
 * with another version treats the entry as a miss.
 */
export const FORMAT = 'FG3'
const FENCE_DIGITS = 16
const BIRTH_DIGITS = 14
const STATED_BYTES = FORMAT.length + FENCE_DIGITS + BIRTH_DIGITS
const IV_BYTES = 12
const TAG_BYTES = 16
/** What precedes the ciphertext. Unique to each sealing, so it identifies an entry. */
export const HEADER_BYTES = STATED_BYTES + IV_BYTES + TAG_BYTES
const MAX_OPENED_BYTES = 256 * 1024 * 1024

export interface Stated {
  readonly fence: number
  /** Redis time in whole milliseconds at which the origin was asked. */
  readonly at: number
}

export type Opened =
  | ({ readonly outcome: 'opened'; readonly plain: Buffer } & Stated)
  | { readonly outcome: 'unusable'; readonly reason: 'format' | 'key' | 'seal' | 'compression' }

export interface Seal {
  /** Compresses and encrypts. Rejects when the key cannot be read. */
  close(plain: Uint8Array, stated: Stated): Promise<Buffer>
  /** Never rejects: what does not open is unusable, with the reason. */
  open(sealed: Buffer): Promise<Opened>
}

const compress = promisify(gzip)
const decompress = promisify(gunzip)

const stating = new RegExp(`^${FORMAT}(\\d{${FENCE_DIGITS}})(\\d{${BIRTH_DIGITS}})$`)

/**
 * Seals values with AES-256-GCM (NIST SP 800-38D) under a key derived from `key` by HKDF-SHA-256
 * (RFC 5869), compressed first. Fence and birth stand in clear and are authenticated together with the
 * format and `scope`: an entry can be neither made fresher, nor reordered, nor moved to another prefix or account.
 * The secret is asked each time, so a rotated file takes effect; the key is derived only when it changed.
 */
export function createSeal({ key, scope }: { key: Secret; scope: string }): Seal {
  let derived: { readonly digest: string; readonly key: Buffer } | null = null

  function currentKey(): Buffer {
    const secret = key.reveal()
    const digest = createHash('sha256').update(secret).digest('hex')
    if (derived?.digest !== digest) {
      derived = { digest, key: Buffer.from(hkdfSync('sha256', secret, '', 'face-groups snapshot seal', 32)) }
    }
    return derived.key
  }
  const authenticated = (stated: Buffer): Buffer => Buffer.concat([stated, Buffer.from(`\n${scope}`)])

  return {
    async close(plain, { fence, at }) {
      const stated = Buffer.from(
        FORMAT + String(fence).padStart(FENCE_DIGITS, '0') + String(at).padStart(BIRTH_DIGITS, '0'),
      )
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', currentKey(), iv).setAAD(authenticated(stated))
      const body = cipher.update(await compress(plain, { level: 1 }))
      const end = cipher.final()
      return Buffer.concat([stated, iv, cipher.getAuthTag(), body, end])
    },

    async open(sealed) {
      const match = stating.exec(sealed.toString('latin1', 0, STATED_BYTES))
      if (match === null || sealed.length < HEADER_BYTES) return { outcome: 'unusable', reason: 'format' }
      let secret: Buffer
      try {
        secret = currentKey()
      } catch {
        return { outcome: 'unusable', reason: 'key' }
      }
      const tagAt = STATED_BYTES + IV_BYTES
      let compressed: Buffer
      try {
        const decipher = createDecipheriv('aes-256-gcm', secret, sealed.subarray(STATED_BYTES, tagAt), {
          authTagLength: TAG_BYTES,
        })
        decipher.setAAD(authenticated(sealed.subarray(0, STATED_BYTES)))
        decipher.setAuthTag(sealed.subarray(tagAt, HEADER_BYTES))
        compressed = Buffer.concat([decipher.update(sealed.subarray(HEADER_BYTES)), decipher.final()])
      } catch {
        return { outcome: 'unusable', reason: 'seal' }
      }
      try {
        const plain = await decompress(compressed, { maxOutputLength: MAX_OPENED_BYTES })
        return { outcome: 'opened', plain, fence: Number(match[1]), at: Number(match[2]) }
      } catch {
        return { outcome: 'unusable', reason: 'compression' }
      }
    },
  }
}
