import { randomUUID } from 'node:crypto'
import type { Answer } from './answers.js'

/**
 * A library in the vendor's format; generated ones may lack `group_data` and have any documented form of `add_time`.
 */
export interface VendorLibrary {
  readonly group_id: string
  readonly group_name: string
  readonly group_data?: string
  readonly model_version: string
  readonly add_time: string | number
}

/** The vendor's published example of an answer, by value. */
export const exampleLibraries = [
  example('Finauth_test_001', 'TestUserSet001', '', '2026-01-27T14:19:01+08:00'),
  example('Finauth_test_002', 'TestUserSet002', '', '2026-01-27T19:42:47+08:00'),
  example(
    'YuanliStudent_test_01',
    'MegviiInternLibrary_01',
    'Megvii intern face library for storing face information',
    '2026-02-05T11:17:45+08:00',
  ),
] as const

function example(id: string, name: string, data: string, addTime: string) {
  return { group_id: id, group_name: name, group_data: data, model_version: 's21', add_time: addTime }
}

type Choice<T> = readonly [T, ...T[]]

const idPrefixes: Choice<string> = ['lib', 'Finauth', '库', 'a/b', 'x y']
const places: Choice<string> = ['Berlin', 'Singapore', 'São Paulo', '上海', 'Đà Nẵng', 'القاهرة', 'Ōsaka', 'İzmir']
const purposes: Choice<string> = ['Entrance', 'Payroll', '校园', 'Staff 👷', "Contractors' gate", 'VIP & guests']
const descriptions: Choice<string> = ['', '', 'Managed by facilities', '临时人脸库', 'line one\nline two']
const modelVersions: Choice<string> = ['s21', 's21', 's21', 's20', 'v3.1']
const offsets: Choice<readonly [suffix: string, minutes: number]> = [
  ['+08:00', 480],
  ['Z', 0],
  ['-03:30', -210],
  ['+00:00', 0],
]
const firstDayMs = Date.UTC(2023, 0, 1)
const spanSeconds = 3 * 365 * 86_400

/**
 * `count` libraries, deterministic per seed (default 1). About one in twenty has no id, one in ten no `group_data`;
 * `add_time` is ISO 8601 with various offsets, or epoch milliseconds as a string or a number. Non-empty ids are unique.
 */
export function generateLibraries(count: number, seed = 1): VendorLibrary[] {
  const random = createRandom(seed)
  const pick = <T>(list: Choice<T>): T => list[Math.floor(random() * list.length)] ?? list[0]
  return Array.from({ length: count }, (_, index) => {
    const number = String(index + 1).padStart(6, '0')
    const id = random() < 0.05 ? '' : `${pick(idPrefixes)}_${number}`
    const name = `${pick(places)} ${pick(purposes)} ${number}`
    const data = random() < 0.1 ? {} : { group_data: pick(descriptions) }
    const addTime = formatTime(firstDayMs + Math.floor(random() * spanSeconds) * 1000, random(), pick(offsets))
    return { group_id: id, group_name: name, ...data, model_version: pick(modelVersions), add_time: addTime }
  })
}

function formatTime(ms: number, chance: number, [suffix, minutes]: readonly [string, number]): string | number {
  if (chance < 0.1) return ms
  if (chance < 0.2) return String(ms)
  return new Date(ms + minutes * 60_000).toISOString().replace(/\.000Z$/, suffix)
}

/** Mulberry32: a small random number generator, deterministic per seed. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The account's libraries. */
export type Libraries =
  | 'example'
  | { readonly generate: number; readonly seed?: number | undefined }
  /** Sent unchanged, even if invalid; valid records are `VendorLibrary`. */
  | { readonly groupInfos: readonly unknown[] }

/** A list that can be replaced. */
export class LibraryList {
  #size = 0
  #json = Buffer.alloc(0)

  set(libraries: Libraries): void {
    const list = listOf(libraries)
    this.#size = list.length
    // Serialized once, because serializing 100 000 libraries takes a tenth of a second.
    this.#json = Buffer.from(JSON.stringify(list))
  }

  /** How many libraries there are. */
  size(): number {
    return this.#size
  }

  /** The success answer, with a new request id. */
  answer(nowSeconds: number, timeUsedMs: number): Answer {
    const head = JSON.stringify({ request_id: newRequestId(nowSeconds), time_used: timeUsedMs }).slice(0, -1)
    const body = Buffer.concat([Buffer.from(`${head},"group_infos":`), this.#json, Buffer.from('}')])
    return { status: 200, contentType: 'application/json; charset=utf-8', body }
  }
}

/** A request id in the vendor's form: Unix seconds, a comma, a UUID. */
export function newRequestId(nowSeconds: number): string {
  return `${nowSeconds},${randomUUID()}`
}

function listOf(libraries: Libraries): readonly unknown[] {
  if (libraries === 'example') return exampleLibraries
  return 'generate' in libraries ? generateLibraries(libraries.generate, libraries.seed) : libraries.groupInfos
}
