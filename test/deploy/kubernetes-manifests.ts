import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'

export const kubernetesDirectory = join(import.meta.dirname, '../../deploy/kubernetes')

/** A manifest as it stands in its file. The tests look into it as far as they care. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> }
  // oxlint-disable-next-line typescript/no-explicit-any -- the shape differs by kind; the schemas judge it
  readonly spec?: any
}

interface Kustomization {
  readonly resources: readonly string[]
}

/** Every object of the base, in the order of its kustomization. */
export function readBaseManifests(): Manifest[] {
  const base = join(kubernetesDirectory, 'base')
  const { resources } = parse(readFileSync(join(base, 'kustomization.yaml'), 'utf8')) as Kustomization
  return resources.flatMap((file) =>
    parseAllDocuments(readFileSync(join(base, file), 'utf8')).map((document) => document.toJS() as Manifest),
  )
}

/** Names of the manifest files in the base, whether or not the kustomization knows them. */
export function listBaseFiles(): string[] {
  return readdirSync(join(kubernetesDirectory, 'base')).filter(
    (file) => file.endsWith('.yaml') && file !== 'kustomization.yaml',
  )
}

/** The only object of the kind, by name where there are several. */
export function findManifest(kind: string, name = 'face-groups'): Manifest {
  const found = readBaseManifests().filter((each) => each.kind === kind && each.metadata.name === name)
  if (found.length !== 1) throw new Error(`expected one ${kind} ${name}, found ${found.length}`)
  return found[0] as Manifest
}

/** The `NAME=value` lines of a kustomize env file. */
export function readEnvFile(path: string): Map<string, string> {
  const lines = readFileSync(join(kubernetesDirectory, path), 'utf8').split('\n').filter(Boolean)
  return new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
}
