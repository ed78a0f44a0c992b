import { createHmac } from 'node:crypto'
import { createSign } from '../../src/finauth/sign.js'

const vector = {
  apiKey: 'ICVvC_xUs6177WEtyUNwIH8J6NfGu50t',
  apiSecret: 'UjYGdN9CBZKsDBLB5-5v3DykPXY6dw3q',
  sign: 'SPzLRbDBgTGC2A8YdDaa7Jrny+5hPUlDVnZDX3hVczYxNzdXRXR5VU53SUg4SjZOZkd1NTB0JmI9MTUzMDc2MjIxOCZjPTE1MzA3NjIxMTgmZD0wNzk5Njg3MDY2',
}

function rawOf(sign: string): string {
  return Buffer.from(sign, 'base64').subarray(20).toString()
}

describe('createSign', () => {
  it('reproduces the published vector', () => {
    const { apiKey, apiSecret } = vector
    const sign = createSign({
      apiKey,
      apiSecret,
      nowSeconds: 1530762118,
      ttlSeconds: 100,
      nonce: 799687066,
    })
    expect(sign).toBe(vector.sign)
  })

  it('puts the digest of the raw text before it', () => {
    const sign = createSign({ apiKey: 'k', apiSecret: 's', nowSeconds: 1000, ttlSeconds: 60 })
    const bytes = Buffer.from(sign, 'base64')
    expect(bytes.subarray(0, 20)).toEqual(createHmac('sha1', 's').update(bytes.subarray(20)).digest())
    expect(bytes.toString('base64')).toBe(sign)
  })

  it('requests a single use with b=0', () => {
    const sign = createSign({ apiKey: 'k', apiSecret: 's', nowSeconds: 1000, ttlSeconds: 0 })
    expect(rawOf(sign)).toMatch(/^a=k&b=0&c=1000&d=\d{10}$/)
  })

  it('uses a new random d each time, an unsigned decimal of at most ten digits', () => {
    const draw = () => createSign({ apiKey: 'k', apiSecret: 's', nowSeconds: 1000, ttlSeconds: 60 })
    const nonces = Array.from({ length: 500 }, () => /^a=k&b=1060&c=1000&d=(\d{1,10})$/.exec(rawOf(draw()))?.[1])
    expect(nonces).not.toContain(undefined)
    expect(new Set(nonces).size).toBe(500)
  })
})
