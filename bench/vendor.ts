import { createServer } from 'node:http'
import { generateLibraries } from '../simulator/vendor-libraries.js'

/**
 * A vendor with a long list, in a separate process so that generating it does not disturb measurements. Two prepared
 * lists alternate, so that every refresh brings a change. To make it hang, the process is stopped.
 */
const libraries = generateLibraries(Number(process.env['LIBRARIES']))
const bodies = ['first', 'second'].map((marker) =>
  Buffer.from(
    JSON.stringify({
      request_id: `1772532811,${marker}`,
      time_used: 59,
      group_infos: libraries.map((library, at) =>
        at % 1000 === 0 ? Object.assign({}, library, { group_data: `changed for the ${marker} list` }) : library,
      ),
    }),
  ),
)
let calls = 0

createServer((request, response) => {
  request.resume()
  const body = bodies[calls++ % bodies.length]
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body?.length })
  response.end(body)
}).listen(Number(process.env['PORT']), '127.0.0.1')
