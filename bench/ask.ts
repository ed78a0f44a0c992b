import { get } from 'node:http'

export interface RawAnswer {
  readonly status: number
  /** Alternating names and values, as received. */
  readonly headers: readonly string[]
  readonly body: string
}

/** Sends one request and returns the answer unmodified. */
function ask(url: string, headers: Readonly<Record<string, string>>): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.rawHeaders,
          body: Buffer.concat(chunks).toString(),
        }),
      )
      response.on('error', reject)
    })
    request.on('error', reject)
  })
}

/** Repeats the request until the answer has this status. Rejects after twenty seconds. */
export async function askUntil(url: string, headers: Readonly<Record<string, string>>, status: number) {
  const giveUpAt = performance.now() + 20_000
  for (;;) {
    const answer = await ask(url, headers)
    if (answer.status === status) return answer
    if (performance.now() > giveUpAt) throw new Error(`${url} answers ${answer.status}, not ${status}`)
  }
}
