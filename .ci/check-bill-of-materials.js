import { readFileSync } from 'node:fs'

/** Fails if a runtime dependency of package.json is missing from the bill of materials, or a licence is not in this list. */
const shippable = new Set([
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'Python-2.0',
])
const { components } = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'))

const listed = new Set(components.map(({ name }) => name))
const missing = Object.keys(dependencies).filter((name) => !listed.has(name))
const unshippable = components.filter((component) => !licencesOf(component).some((licence) => shippable.has(licence)))

for (const name of missing) console.error(`not in the bill: ${name}`)
for (const component of unshippable) {
  console.error(`licence: ${component.name}@${component.version} ${licencesOf(component).join(', ') || 'none'}`)
}
console.log(`${components.length} packages`, countedByLicence())
process.exitCode = missing.length + unshippable.length === 0 ? 0 : 1

/** The alternatives of an SPDX expression such as `(MIT OR CC0-1.0)`. */
function licencesOf({ licenses = [] }) {
  return licenses.flatMap(({ license, expression }) =>
    (license?.id ?? license?.name ?? expression ?? '').replaceAll(/[()]/g, '').split(' OR '),
  )
}

function countedByLicence() {
  const counts = {}
  for (const component of components) {
    const licence = licencesOf(component).join(' OR ')
    counts[licence] = (counts[licence] ?? 0) + 1
  }
  return counts
}
