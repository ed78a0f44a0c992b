import { createCipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { createSeal, FORMAT } from '../../src/snapshot-cache/seal.js'
import { fixedSecret } from '../../src/secret.js'

const plain = Buffer.from('face libraries '.repeat(50))
const stated = { fence: 1_763_810_339_123_456, at: 1_763_810_339_123 }
const seal = createSeal({ key: fixedSecret('one key'), scope: 'face-groups' })

it('opens what it sealed, with fence and time', async () => {
  const sealed = await seal.close(plain, stated)
  expect(await seal.open(sealed)).toEqual({ outcome: 'opened', plain, ...stated })
})

it.each([0, 1, 200_000])('opens a value of %i bytes', async (length) => {
  const value = randomBytes(length)
  const opened = await seal.open(await seal.close(value, stated))
  // Comparing a large buffer with a matcher takes seconds.
  expect(opened.outcome === 'opened' && value.equals(opened.plain)).toBe(true)
})

it('reveals nothing of the value', async () => {
  expect((await seal.close(plain, stated)).includes('face libraries')).toBe(false)
})

it('never produces the same bytes twice', async () => {
  expect(await seal.close(plain, stated)).not.toEqual(await seal.close(plain, stated))
})

it('does not open a modified entry, wherever it was modified', async () => {
  const sealed = await seal.close(plain, stated)
  await fc.assert(
    fc.asyncProperty(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const forged = Buffer.from(sealed)
      forged[at]! ^= flip
      expect((await seal.open(forged)).outcome).toBe('unusable')
    }),
  )
})

it('does not open truncated data or anything but an entry', async () => {
  const sealed = await seal.close(plain, stated)
  await fc.assert(
    fc.asyncProperty(fc.nat(sealed.length - 1), async (length) => {
      expect((await seal.open(sealed.subarray(0, length))).outcome).toBe('unusable')
    }),
  )
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      expect(await seal.open(Buffer.from(bytes))).toEqual({ outcome: 'unusable', reason: 'format' })
    }),
  )
})

it('does not open an entry of another key, another scope or another version', async () => {
  const sealed = await seal.close(plain, stated)
  const otherKey = createSeal({ key: fixedSecret('another key'), scope: 'face-groups' })
  const otherScope = createSeal({ key: fixedSecret('one key'), scope: 'staging' })
  expect(await otherKey.open(sealed)).toEqual({ outcome: 'unusable', reason: 'seal' })
  expect(await otherScope.open(sealed)).toEqual({ outcome: 'unusable', reason: 'seal' })
  const newer = Buffer.concat([Buffer.from('FG4'), sealed.subarray(3)])
  expect(await seal.open(newer)).toEqual({ outcome: 'unusable', reason: 'format' })
})

it('follows a key that is rotated while it runs', async () => {
  let current = 'one key'
  const rotating = createSeal({ key: { reveal: () => current }, scope: 'face-groups' })
  const before = await rotating.close(plain, stated)
  current = 'the next key'
  expect((await rotating.open(before)).outcome).toBe('unusable')
  expect((await rotating.open(await rotating.close(plain, stated))).outcome).toBe('opened')
})

it('treats an unreadable key as a miss', async () => {
  const sealed = await seal.close(plain, stated)
  const keyless = createSeal({
    key: {
      reveal() {
        throw new Error('no such file')
      },
    },
    scope: 'face-groups',
  })
  expect(await keyless.open(sealed)).toEqual({ outcome: 'unusable', reason: 'key' })
})

it('treats an entry of an earlier release, whose scope had no account, as an unknown format', async () => {
  const sealed = `RkcxMTc2MzgxMDMzOTEyMzQ1NjAxNzYzODEwMzM5MTIzjYwU4UQvSlmM4z4jhFdrxhxxpEUEfZ2P1s1zKjCUkxNDOrHObZOUEBT0OnpJg8bM
    oqLVo2I=`
  const later = createSeal({ key: fixedSecret('one key'), scope: 'face-groups' })
  expect(await later.open(Buffer.from(sealed, 'base64'))).toEqual({ outcome: 'unusable', reason: 'format' })
})

it('treats a copy of the previous release as a miss, and is a miss for it', async () => {
  const before = sealedByHand(gzipSync('["face-groups/1",null,0]\n'), 'FG2')
  expect(await seal.open(before)).toEqual({ outcome: 'unusable', reason: 'format' })
  // How the previous release recognizes its own entries.
  expect((await seal.close(plain, stated)).toString('latin1')).not.toMatch(/^FG2/)
})

it('does not open an entry with the right key that is not gzip, or is too large', async () => {
  expect(await seal.open(sealedByHand(Buffer.from('no gzip')))).toEqual({ outcome: 'unusable', reason: 'compression' })
  // Built from gzip members, which is fast; compressed in one piece it would exceed the timeout on a slow machine.
  const mebibyte = gzipSync(Buffer.alloc(1024 * 1024))
  const bomb = Buffer.concat([...Array.from({ length: 256 }, () => mebibyte), gzipSync(Buffer.alloc(1))])
  expect(await seal.open(sealedByHand(bomb))).toEqual({ outcome: 'unusable', reason: 'compression' })
})

/** An entry made by an attacker who has the key. */
function sealedByHand(compressed: Buffer, format = FORMAT): Buffer {
  const clear = Buffer.from(`${format}${stated.fence}0${stated.at}`)
  const key = Buffer.from(hkdfSync('sha256', 'one key', '', 'face-groups snapshot seal', 32))
  const iv = Buffer.alloc(12, 7)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.concat([clear, Buffer.from('\nface-groups')]))
  const body = Buffer.concat([cipher.update(compressed), cipher.final()])
  return Buffer.concat([clear, iv, cipher.getAuthTag(), body])
}
