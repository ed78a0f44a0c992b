/** A library as an untidy account may hold it: data may be missing, time comes in every documented form. */
export interface GeneratedLibrary {
  readonly group_id: string
  readonly group_name: string
  readonly group_data?: string
  readonly model_version: string
  readonly add_time: string | number
}

type Choice<T> = readonly [T, ...T[]]

const PLACES: Choice<string> = [
  'Berlin',
  'Singapore',
  'São Paulo',
  '上海',
  'Đà Nẵng',
  'Reykjavík',
  'القاهرة',
  'Ōsaka',
  'İzmir',
  'Kraków',
]
const PURPOSES: Choice<string> = [
  'Entrance',
  'Payroll',
  'Visitors',
  '校园',
  'Staff 👷',
  "Contractors' gate",
  'VIP & guests',
  'Night shift',
]
const NOTES: Choice<string> = [
  '',
  '',
  'Kept by facilities',
  'created for the pilot; do not delete',
  '临时人脸库',
  'line one\nline two',
]
const MODEL_VERSIONS: Choice<string> = ['s21', 's21', 's21', 's20', 'v3.1']
const OFFSETS: Choice<string> = ['+08:00', 'Z', '-03:30', '+00:00']
const FIRST_DAY_MS = Date.UTC(2023, 0, 1)
const SPAN_SECONDS = 3 * 365 * 86_400

/**
 * `count` libraries, the same for the same seed (default 1). About one in twenty has no id of its own,
 * one in ten no `group_data`; `add_time` is ISO 8601 with various offsets, or epoch milliseconds as a
 * string or a number. Ids that are not empty are unique.
 */
export function generateLibraries(count: number, seed = 1): GeneratedLibrary[] {
  const random = createRandom(seed)
  const pick = <T>(list: Choice<T>): T => list[Math.floor(random() * list.length)] ?? list[0]
  return Array.from({ length: count }, (_, index) => {
    const number = String(index + 1).padStart(6, '0')
    const id = random() < 0.05 ? '' : `${pick(['lib', 'Finauth', '库', 'a/b', 'x y'])}_${number}`
    const name = `${pick(PLACES)} ${pick(PURPOSES)} ${number}`
    const data = random() < 0.1 ? {} : { group_data: pick(NOTES) }
    const addTime = formatTime(FIRST_DAY_MS + Math.floor(random() * SPAN_SECONDS) * 1000, random(), pick(OFFSETS))
    return { group_id: id, group_name: name, ...data, model_version: pick(MODEL_VERSIONS), add_time: addTime }
  })
}

function formatTime(ms: number, chance: number, offset: string): string | number {
  if (chance < 0.1) return ms
  if (chance < 0.2) return String(ms)
  const minutes = offsetMinutes(offset)
  return new Date(ms + minutes * 60_000).toISOString().replace(/\.000Z$/, offset)
}

function offsetMinutes(offset: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(offset) ?? []
  if (sign === undefined) return 0
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
}

/** Mulberry32: small, and the same sequence everywhere for one seed. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
