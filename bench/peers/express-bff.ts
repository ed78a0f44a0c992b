import express from 'express'
import helmet from 'helmet'
import { Redis } from 'ioredis'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { pinoHttp } from 'pino-http'

/** A typical BFF: every request is logged, its token verified, Redis queried and the answer serialized. */
const { PORT, REDIS_URL = '', JWT_JWKS_URI = '', JWT_ISSUER = '', JWT_AUDIENCE = '' } = process.env
const keys = createRemoteJWKSet(new URL(JWT_JWKS_URI))
const redis = new Redis(REDIS_URL)

const app = express()
app.use(pinoHttp())
app.use(helmet())
// oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 handles rejections
app.get('/api/face-groups', async (request, response) => {
  const token = request.headers.authorization?.replace(/^Bearer /, '') ?? ''
  try {
    await jwtVerify(token, keys, { issuer: JWT_ISSUER, audience: JWT_AUDIENCE })
  } catch {
    response.sendStatus(401)
    return
  }
  const cached = await redis.get('list')
  if (cached === null) response.sendStatus(503)
  else response.set('Cache-Control', 'private, no-cache').json(JSON.parse(cached))
})
app.listen(Number(PORT), '127.0.0.1')
