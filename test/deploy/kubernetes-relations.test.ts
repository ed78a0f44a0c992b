import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config/load-config.js'
import { secretVariables, variables } from '../../src/config/variables.js'
import {
  findManifest,
  folders,
  kubernetesDirectory,
  listManifestFiles,
  readAllManifests,
  readEnvFile,
  readKustomization,
  readManifests,
} from './kubernetes-manifests.js'

const name = { 'app.kubernetes.io/name': 'face-groups' }
const deployment = findManifest('Deployment').spec
const pod = deployment.template.spec
const container = pod.containers[0]
const environment = new Map([...readEnvFile('base/config.env'), ...readEnvFile('example/config.env')])
const example = parse(readFileSync(join(kubernetesDirectory, 'example/kustomization.yaml'), 'utf8'))
const secretKeys: string[] = example.secretGenerator[0].files.map((file: string) => file.split('=')[0])

describe('the relations of the Kubernetes manifests', () => {
  it.each(folders.filter((folder) => folder !== 'example'))('are all in the kustomization of %s', (folder) => {
    const { kind, resources } = readKustomization(folder)
    expect(kind).toBe(folder === 'base' ? 'Kustomization' : 'Component')
    expect(new Set(resources)).toEqual(new Set(listManifestFiles(folder)))
  })

  it('use built-in kinds only in the base', () => {
    const groups = readManifests('base').map(({ apiVersion }) => apiVersion.split('/')[0] ?? '')
    expect(groups.filter((group) => group.includes('.') && !group.endsWith('.k8s.io'))).toEqual([])
  })

  it('create their namespace in the example, and have no dangling reference', () => {
    const { namespace, resources, components = [] } = readKustomization('example')
    expect(namespace).toBe(findManifest('Namespace').metadata.name)
    for (const each of [...resources, ...components]) {
      expect({ each, exists: existsSync(join(kubernetesDirectory, 'example', each)) }).toEqual({ each, exists: true })
    }
    const [patch] = example.patches
    expect(findManifest(patch.target.kind, patch.target.name).spec.egress[0].to[0].ipBlock.cidr).toBeDefined()
    expect(parse(patch.patch)).toEqual([
      { op: 'replace', path: '/spec/egress/0/to/0/ipBlock/cidr', value: expect.stringMatching(/^10\..*\/28$/) },
    ])
  })

  it('route an Ingress and an HTTPRoute to the Service of the API', () => {
    const { metadata, spec } = findManifest('Service')
    const [ingressRule] = findManifest('Ingress').spec.rules
    expect(ingressRule.http.paths[0].backend.service).toEqual({
      name: metadata.name,
      port: { name: spec.ports[0].name },
    })
    const [routeRule] = findManifest('HTTPRoute').spec.rules
    expect(routeRule.backendRefs).toEqual([{ name: metadata.name, port: spec.ports[0].port }])
  })

  it('select the pods of the Deployment', () => {
    const labels = deployment.template.metadata.labels
    expect(labels).toEqual(name)
    expect(deployment.selector.matchLabels).toEqual(labels)
    expect(findManifest('Service').spec.selector).toEqual(labels)
    expect(findManifest('Service', 'face-groups-admin').spec.selector).toEqual(labels)
    expect(findManifest('PodDisruptionBudget').spec.selector.matchLabels).toEqual(labels)
    const policies = readAllManifests().filter(({ kind }) => kind === 'NetworkPolicy')
    expect(policies.map(({ spec }) => spec.podSelector.matchLabels)).toEqual([labels, labels, labels])
    for (const { labelSelector } of pod.topologySpreadConstraints) expect(labelSelector.matchLabels).toEqual(labels)
  })

  it('scale the Deployment, whose number of replicas is set by the autoscaler', () => {
    expect(findManifest('HorizontalPodAutoscaler').spec.scaleTargetRef).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name: 'face-groups',
    })
    expect(deployment.replicas).toBeUndefined()
  })

  it('use ports of the container', () => {
    const ports = container.ports.map((port: { name: string }) => port.name)
    const used = [
      ...readAllManifests()
        .filter(({ kind }) => kind === 'Service')
        .flatMap(({ spec }) => spec.ports.map(targetPortOf)),
      ...findManifest('NetworkPolicy').spec.ingress.flatMap(portsOf),
      ...['startupProbe', 'livenessProbe', 'readinessProbe'].map((probe) => container[probe].httpGet.port),
    ]
    expect(ports).toEqual(expect.arrayContaining(used))
    expect(container.ports.map((port: { containerPort: number }) => String(port.containerPort))).toEqual([
      environment.get('PORT'),
      environment.get('ADMIN_PORT'),
    ])
  })

  it('scrape the admin Service, under the job name of the alert rules', () => {
    const { selector, endpoints, jobLabel } = findManifest('ServiceMonitor').spec
    const service = findManifest('Service', 'face-groups-admin')
    expect(service.metadata.labels).toEqual(selector.matchLabels)
    expect(service.metadata.labels?.[jobLabel]).toBe('face-groups')
    expect(service.spec.ports[0].name).toBe(endpoints[0].port)
  })

  it('publish the admin port in no Service that a gateway uses', () => {
    expect(findManifest('Service').spec.ports.map(targetPortOf)).toEqual(['http'])
  })

  it('contain the alert rules of deploy/prometheus unchanged', () => {
    const rules = parse(readFileSync(join(kubernetesDirectory, '../prometheus/alerts.yml'), 'utf8'))
    expect(findManifest('PrometheusRule').spec).toEqual(rules)
  })
})

describe('the pod', () => {
  it('runs without root, without privileges, and on a read-only file system', () => {
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
    expect(pod.securityContext.runAsUser).toBeGreaterThan(0)
    expect(pod.automountServiceAccountToken).toBe(false)
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      privileged: false,
      capabilities: { drop: ['ALL'] },
    })
  })

  it('has more time to terminate than it needs', () => {
    const delay = Number(environment.get('SHUTDOWN_DELAY_MS') ?? 0) + Number(environment.get('SHUTDOWN_GRACE_MS'))
    const needed = container.lifecycle.preStop.sleep.seconds + delay / 1000
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(needed)
  })

  it('gets its secrets as files, none by variable', () => {
    expect(container.env).toBeUndefined()
    expect([...environment.keys()].filter((key) => isSecret(key))).toEqual(['REDIS_URL'])
    expect(environment.get('REDIS_URL')).not.toContain('@')
    const { mountPath } = container.volumeMounts.find((mount: { name: string }) => mount.name === 'secrets')
    const files = [...environment].filter(([key]) => key.endsWith('_FILE') && isSecret(key.slice(0, -5)))
    expect(files.map(([, path]) => path).toSorted()).toEqual(secretKeys.map((key) => `${mountPath}/${key}`).toSorted())
  })

  it('follows the checklist of SECURITY.md', () => {
    expect(environment.get('REDIS_URL')).toMatch(/^rediss:/)
    expect(environment.get('REDIS_USERNAME')).toBeTruthy()
    expect(environment.get('JWT_READ_SCOPE')).toBeTruthy()
    expect(environment.has('CACHE_ENCRYPTION_KEY_FILE')).toBe(true)
    const [, bits] = environment.get('TRUST_PROXY')?.split('/') ?? []
    expect(Number(bits)).toBeGreaterThanOrEqual(24)
    const { cache, finauth } = loadConfig(withLocalSecrets())
    expect(cache.encryptionKey.reveal()).not.toBe(finauth.primary.apiSecret.reveal())
  })

  it('is configured with variables that the service accepts in production', () => {
    const known = new Set([...Object.keys(variables), ...secretVariables.flatMap((key) => [key, `${key}_FILE`])])
    expect([...environment.keys()].filter((key) => !known.has(key))).toEqual([])
    const config = loadConfig(withLocalSecrets())
    expect(config.environment).toBe('production')
    expect(config.finauth.primary.apiKey.reveal()).toBe('example-finauth-api-key-not-a-secret')
  })
})

function targetPortOf(port: { targetPort: string }): string {
  return port.targetPort
}

function portsOf(rule: { ports: { port: string }[] }): string[] {
  return rule.ports.map(({ port }) => port)
}

function isSecret(variable: string): boolean {
  return (secretVariables as readonly string[]).includes(variable)
}

/** The pod's environment, with the mounted secrets read from the example's folder. */
function withLocalSecrets(): Record<string, string> {
  const secrets = join(kubernetesDirectory, 'example/secrets/')
  return Object.fromEntries(
    [...environment].map(([key, value]) => [key, value.replace('/run/secrets/face-groups/', secrets)]),
  )
}
