import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { createGunzip, gzip } from 'node:zlib'
import type { Secret } from '../secret.js'

/** Format and version; a replica that does not know it treats the entry as a miss. */
const MAGIC = 'FG2'
const FENCE_DIGITS = 16
const BIRTH_DIGITS = 14
const STATED_BYTES = MAGIC.length + FENCE_DIGITS + BIRTH_DIGITS
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
  | ({ readonly outcome: 'opened'; readonly plain: readonly Buffer[] } & Stated)
  | { readonly outcome: 'unusable'; readonly reason: 'format' | 'key' | 'seal' | 'compression' }

export interface Seal {
  /**
   * `plain` is at least one piece. One that was closed before is not compressed again, so none may change. Rejects when the
   * key cannot be read.
   */
  close(plain: readonly Uint8Array[], stated: Stated): Promise<Buffer>
  /** Never rejects: what does not open is unusable, with the reason. The bytes come in other pieces than they went. */
  open(sealed: Buffer): Promise<Opened>
}

/** Work on one takes well under a millisecond. */
const PIECE_BYTES = 65_536

/** Rejects what is no gzip, or more than anybody can have put there honestly. */
async function decompress(compressed: Buffer): Promise<Buffer[]> {
  const plain: Buffer[] = []
  let length = 0
  for await (const piece of piecesOf(Readable.from([compressed]).pipe(createGunzip({ chunkSize: PIECE_BYTES })))) {
    length += piece.length
    if (length > MAX_OPENED_BYTES) throw new RangeError('the entry is too large')
    plain.push(piece)
  }
  return plain
}

function piecesOf(stream: Readable): AsyncIterable<Buffer> {
  return stream
}

const compressPiece = promisify(gzip)

/**
 * As gzip, which may consist of parts (RFC 1952 section 2.2). Taken whole, a long piece would have a thread of its own at
 * work on it for many milliseconds at a stretch.
 */
async function compress(piece: Uint8Array): Promise<Buffer> {
  const parts: Buffer[] = []
  let at = 0
  do {
    parts.push(await compressPiece(piece.subarray(at, at + PIECE_BYTES), { level: 1 }))
    at += PIECE_BYTES
  } while (at < piece.length)
  return Buffer.concat(parts)
}

/**
 * Seals values with AES-256-GCM (NIST SP 800-38D) under a key derived from `key` by HKDF-SHA-256
 * (RFC 5869), compressed first. Fence and birth stand in clear and are authenticated together with the
 * format and `scope`: an entry can be neither made fresher, nor reordered, nor moved to another prefix or account.
 * The secret is asked each time, so a rotated file takes effect; the key is derived only when it changed.
 */
export function createSeal({ key, scope }: { key: Secret; scope: string }): Seal {
  const compressed = new WeakMap<Uint8Array, Buffer>()
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
        MAGIC + String(fence).padStart(FENCE_DIGITS, '0') + String(at).padStart(BIRTH_DIGITS, '0'),
      )
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', currentKey(), iv).setAAD(authenticated(stated))
      const body: Buffer[] = []
      for (const piece of plain) {
        const smaller = compressed.get(piece) ?? (await compress(piece))
        compressed.set(piece, smaller)
        body.push(cipher.update(smaller))
      }
      body.push(cipher.final())
      return Buffer.concat([stated, iv, cipher.getAuthTag(), ...body])
    },

    async open(sealed) {
      const match = /^FG2(\d{16})(\d{14})$/.exec(sealed.toString('latin1', 0, STATED_BYTES))
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
        const plain = await decompress(compressed)
        return { outcome: 'opened', plain, fence: Number(match[1]), at: Number(match[2]) }
      } catch {
        return { outcome: 'unusable', reason: 'compression' }
      }
    },
  }
}
