import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TestCertificate {
  readonly key: string
  readonly cert: string
}

/**
 * A fresh key and self-signed certificate for `name`, valid for `days` from now (-1: expired a day ago); PEM.
 * Needs the `openssl` command.
 */
export function createCertificate(name: string, { days = 1 } = {}): TestCertificate {
  const directory = mkdtempSync(join(tmpdir(), 'face-groups-'))
  const file = (base: string) => join(directory, base)
  const openssl = (command: string, ...more: string[]) =>
    execFileSync('openssl', [...command.split(' '), ...more], { stdio: 'ignore' })
  try {
    const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`]
    const request = 'req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
    openssl(request, ...subject, '-keyout', file('key.pem'), '-out', file('request.pem'))
    const signing = `x509 -req -copy_extensions copy -days ${days}`
    openssl(signing, '-in', file('request.pem'), '-signkey', file('key.pem'), '-out', file('cert.pem'))
    return { key: readFileSync(file('key.pem'), 'utf8'), cert: readFileSync(file('cert.pem'), 'utf8') }
  } finally {
    rmSync(directory, { recursive: true })
  }
}
