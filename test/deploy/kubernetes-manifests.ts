import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'

export const kubernetesDirectory = join(import.meta.dirname, '../../deploy/kubernetes')

/** A manifest as in its file. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> }
  // oxlint-disable-next-line typescript/no-explicit-any -- the shape differs by kind; the schemas verify it
  readonly spec?: any
}

export interface Kustomization {
  readonly kind: 'Kustomization' | 'Component'
  readonly namespace?: string
  readonly resources: readonly string[]
  readonly components?: readonly string[]
}

export const folders = [
  'base',
  'components/monitoring',
  'components/managed-redis',
  'components/redis-sentinel',
  'example',
] as const
export type Folder = (typeof folders)[number]

export function readKustomization(folder: Folder): Kustomization {
  return parse(readFileSync(join(kubernetesDirectory, folder, 'kustomization.yaml'), 'utf8')) as Kustomization
}

/** Every object in the folder's own files, whether or not its kustomization includes them. */
export function readManifests(folder: Folder): Manifest[] {
  return listManifestFiles(folder).flatMap((file) =>
    parseAllDocuments(readFileSync(join(kubernetesDirectory, folder, file), 'utf8')).map(
      (document) => document.toJS() as Manifest,
    ),
  )
}

export function listManifestFiles(folder: Folder): string[] {
  return readdirSync(join(kubernetesDirectory, folder)).filter(
    (file) => file.endsWith('.yaml') && file !== 'kustomization.yaml',
  )
}

export function readAllManifests(): Manifest[] {
  return folders.flatMap((folder) => readManifests(folder))
}

/** The only object of the kind and name. */
export function findManifest(kind: string, name = 'face-groups'): Manifest {
  const found = readAllManifests().filter((each) => each.kind === kind && each.metadata.name === name)
  if (found.length !== 1) throw new Error(`expected one ${kind} ${name}, found ${found.length}`)
  return found[0] as Manifest
}

/** The `NAME=value` lines of a kustomize env file. */
export function readEnvFile(path: string): Map<string, string> {
  const lines = readFileSync(join(kubernetesDirectory, path), 'utf8').split('\n').filter(Boolean)
  return new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
}
