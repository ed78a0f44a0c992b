import Fastify from 'fastify'
import { Redis } from 'ioredis'
import { createRemoteJWKSet, jwtVerify } from 'jose'

/** The same with a faster framework: the token is verified and Redis queried, nothing is logged. */
const { PORT, REDIS_URL = '', JWT_JWKS_URI = '', JWT_ISSUER = '', JWT_AUDIENCE = '' } = process.env
const keys = createRemoteJWKSet(new URL(JWT_JWKS_URI))
const redis = new Redis(REDIS_URL)

const app = Fastify()
app.addHook('onRequest', async (request, reply) => {
  const token = request.headers.authorization?.replace(/^Bearer /, '') ?? ''
  try {
    await jwtVerify(token, keys, { issuer: JWT_ISSUER, audience: JWT_AUDIENCE })
  } catch {
    await reply.code(401).send()
  }
})
app.get('/api/face-groups', async (_request, reply) => {
  const cached = await redis.get('list')
  if (cached === null) return reply.code(503).send()
  return reply.header('Cache-Control', 'private, no-cache').type('application/json; charset=utf-8').send(cached)
})
await app.listen({ host: '127.0.0.1', port: Number(PORT) })
