import express from 'express'
import helmet from 'helmet'
import { Redis } from 'ioredis'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { pinoHttp } from 'pino-http'

/** The usual BFF as a tutorial builds it: every request logs, verifies its token, asks Redis and serialises anew. */
const { PORT, REDIS_URL = '', JWT_JWKS_URI = '', JWT_ISSUER = '', JWT_AUDIENCE = '' } = process.env
const keys = createRemoteJWKSet(new URL(JWT_JWKS_URI))
const redis = new Redis(REDIS_URL)

const app = express()
app.use(pinoHttp())
app.use(helmet())
// oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 takes what it rejects with
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
