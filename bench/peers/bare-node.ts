import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'

/** The minimum for Node: a fixed status, flat headers and bytes for every request. */
const { status, headers, body } = JSON.parse(readFileSync(String(process.env['ANSWER_FILE']), 'utf8')) as {
  status: number
  headers: string[]
  body: string
}
const bytes = Buffer.from(body)

createServer((_request, response) => {
  response.writeHead(status, headers)
  response.end(status === 304 ? undefined : bytes)
}).listen(Number(process.env['PORT']), '127.0.0.1')
