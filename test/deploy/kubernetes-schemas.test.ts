import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { HTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute'
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor'
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule'
import { Deployment } from 'kubernetes-models/apps/v1/Deployment'
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler'
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1/Ingress'
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget'
import { Namespace } from 'kubernetes-models/v1/Namespace'
import { Service } from 'kubernetes-models/v1/Service'
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount'
import { type Manifest, readAllManifests } from './kubernetes-manifests.js'

const root = join(import.meta.dirname, '../..')
const models = {
  Deployment,
  HTTPRoute,
  HorizontalPodAutoscaler,
  Ingress,
  Namespace,
  NetworkPolicy,
  PodDisruptionBudget,
  PrometheusRule,
  Service,
  ServiceAccount,
  ServiceMonitor,
} as const

describe('the Kubernetes manifests against the published schemas', () => {
  it.each(readAllManifests().map((manifest) => [manifest.kind, manifest.metadata.name, manifest] as const))(
    '%s %s is valid',
    (_kind, _name, manifest) => {
      expect(faultsOf(manifest)).toBeNull()
    },
  )

  it('have only fields of the published types', () => {
    expect(typeFaultsOf(readAllManifests())).toBe('')
  })

  it('would be rejected for a value of the wrong type', () => {
    expect(faultsOf(broken('Deployment', (spec) => (spec['minReadySeconds'] = 'five')))).toMatch(/minReadySeconds/)
  })

  it('would be rejected for a misspelt field', () => {
    expect(typeFaultsOf([broken('Deployment', (spec) => (spec['progresDeadlineSeconds'] = 5))])).toMatch(
      /progresDeadlineSeconds/,
    )
  })
})

function modelOf(kind: string) {
  const model = models[kind as keyof typeof models]
  if (!model) throw new Error(`there is no schema for the kind ${kind}`)
  // oxlint-disable-next-line typescript/no-explicit-any -- the schema verifies it
  return model as unknown as { is(data: unknown): boolean; new (data: any): { validate(): void } }
}

/** The schema's faults, or null. */
function faultsOf(manifest: Manifest): string | null {
  const Model = modelOf(manifest.kind)
  if (!Model.is(manifest)) return `${manifest.apiVersion} is not the version of ${manifest.kind} that is validated`
  try {
    new Model(manifest).validate()
    return null
  } catch (error) {
    return (error as { message: string }).message
  }
}

/**
 * The schemas allow unknown fields; TypeScript, given the manifest as an object literal, does not.
 * Returns the compiler's errors, or an empty string.
 */
function typeFaultsOf(manifests: readonly Manifest[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'manifests-'))
  try {
    symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'))
    writeFileSync(join(directory, 'manifests.ts'), manifests.map(asLiteral).join('\n'))
    const flags = [
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--types',
      '',
    ]
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    return spawnSync(process.execPath, [tsc, ...flags, 'manifests.ts'], { cwd: directory, encoding: 'utf8' }).stdout
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function asLiteral(manifest: Manifest, index: number): string {
  const group = manifest.apiVersion.split('/')[0] ?? ''
  const packages = new Map([
    ['monitoring.coreos.com', '@kubernetes-models/prometheus-operator'],
    ['gateway.networking.k8s.io', '@kubernetes-models/gateway-api'],
  ])
  const module = `${packages.get(group) ?? 'kubernetes-models'}/${manifest.apiVersion}/${manifest.kind}`
  return `import type { I${manifest.kind} as Kind${index} } from '${module}'
export const manifest${index}: Kind${index} = ${JSON.stringify(manifest)}`
}

function broken(kind: string, change: (spec: Record<string, unknown>) => void): Manifest {
  const manifest = readAllManifests().find((each) => each.kind === kind) as Manifest
  change(manifest.spec)
  return manifest
}
