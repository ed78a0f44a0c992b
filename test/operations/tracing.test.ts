import { readFileSync } from 'node:fs'
import { demoAccount } from '../../simulator/finauth-simulator.js'
import { type BuiltService, buildService, useBuiltProcesses } from '../support/built-service.js'
import { leakDetector } from '../support/leak-detector.js'
import { json, type ScriptedUpstream, startScriptedUpstream } from '../support/upstream.js'
import { vendorExample } from '../finauth/finauth-fixtures.js'
import { type OtlpReceiver, startOtlpReceiver } from './otlp-receiver.js'
import { environmentFor, runService, type ServiceProcess } from './run-service.js'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const callerSpanId = 'b7ad6b7169203331'

describe('with OpenTelemetry enabled as docs/operations.md describes', () => {
  const run = useBuiltProcesses()
  let built: BuiltService
  let vendor: ScriptedUpstream
  let collector: OtlpReceiver
  beforeAll(async () => {
    ;[built, vendor, collector] = await Promise.all([
      buildService(),
      startScriptedUpstream([json(200, vendorExample)]),
      startOtlpReceiver(),
    ])
  })
  afterAll(async () => {
    await Promise.all([vendor.close(), collector.close()])
  })

  it('a caller’s trace continues in the service and its log, but not at the vendor', async () => {
    const service = await traced()
    const traceparent = `00-${traceId}-${callerSpanId}-01`
    expect((await fetch(`${service.url}/api/face-groups`, { headers: { traceparent } })).status).toBe(200)

    const received = await collector.span((span) => span.kind === 2 && span.traceId === traceId)
    expect(received).toMatchObject({ name: 'GET /api/face-groups', parentSpanId: callerSpanId })
    const sent = await collector.span((span) => span.kind === 3 && span.name === 'POST')
    expect(sent.attributes).toContainEqual({ key: 'http.response.status_code', value: { intValue: 200 } })

    // The access log is written a moment after the answer.
    await service.printed(/"route":"\/api\/face-groups"/)
    expect(service.logs().find(({ route }) => route === '/api/face-groups')).toMatchObject({ traceId })
    expect(vendor.calls.length).toBeGreaterThan(0)
    const headers = vendor.calls.flatMap((call) => Object.keys(call.headers))
    expect(headers.filter((name) => /trace|baggage|b3/.test(name))).toEqual([])

    leakDetector.forbid('the API secret', demoAccount.apiSecret)
    leakDetector.forbid('the API key', demoAccount.apiKey)
    leakDetector.record('a trace', collector.text())
    service.stop('SIGTERM')
    expect(await service.exitCode).toBe(0)
  })

  function traced(): Promise<ServiceProcess> {
    return runService(run, built, {
      ...environmentFor(vendor),
      ...documentedSwitch(),
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '100',
    })
  }
})

/** The variables of the section "Tracing". */
function documentedSwitch(): Record<string, string> {
  const [, section = ''] = readFileSync('docs/operations.md', 'utf8').split('## Tracing\n')
  const [, block = ''] = /```sh\n([^`]*)```/.exec(section) ?? []
  const settings = [...block.matchAll(/^([A-Z_]+)='?([^'\n]*)'?$/gm)].map(([, name = '', value = '']) => [name, value])
  return Object.fromEntries(settings) as Record<string, string>
}
