import { createServer } from 'node:http'
import { createRemoteJWKSet, jwtVerify } from 'jose'

/** The token check for nginx's auth_request: whether the token is valid, nothing more. */
const { PORT, JWT_JWKS_URI = '', JWT_ISSUER = '', JWT_AUDIENCE = '' } = process.env
const keys = createRemoteJWKSet(new URL(JWT_JWKS_URI))

createServer((request, response) => {
  const token = request.headers.authorization?.replace(/^Bearer /, '') ?? ''
  jwtVerify(token, keys, { issuer: JWT_ISSUER, audience: JWT_AUDIENCE }).then(
    () => response.writeHead(204).end(),
    () => response.writeHead(401).end(),
  )
}).listen(Number(PORT), '127.0.0.1')
