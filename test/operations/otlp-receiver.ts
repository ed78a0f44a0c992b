import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The used part of a span as OTLP/JSON. */
export interface ReceivedSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  /** 2 for a received request, 3 for a sent one. */
  readonly kind: number
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[]
}

export interface OtlpReceiver {
  readonly url: string
  /** Everything received, as text. */
  text(): string
  /** Resolves with the first span that matches, once it was received. */
  span(isIt: (span: ReceivedSpan) => boolean): Promise<ReceivedSpan>
  close(): Promise<void>
}

/** A collector for OTLP over HTTP in JSON, on a free loopback port. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const bodies: string[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.once('end', () => {
      bodies.push(Buffer.concat(chunks).toString())
      response.setHeader('Content-Type', 'application/json').end('{}')
      server.emit('received')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    text: () => bodies.join('\n'),
    async span(isIt) {
      for (;;) {
        const found = bodies.flatMap(spansIn).find(isIt)
        if (found !== undefined) return found
        await once(server, 'received')
      }
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

interface TraceExport {
  readonly resourceSpans?: readonly { readonly scopeSpans: readonly { readonly spans: readonly ReceivedSpan[] }[] }[]
}

function spansIn(body: string): ReceivedSpan[] {
  const { resourceSpans = [] } = JSON.parse(body) as TraceExport
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
}
