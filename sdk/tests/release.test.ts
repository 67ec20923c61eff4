// A change of what the SDK is asks for a version, and for a line that tells authors of it.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SDK } from './docstrings.ts'
import { readReport, releaseProblems } from './release.ts'

const reportsIn = (folder: string) => (existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.api.md')).sort().map((file) => readReport(readFileSync(join(folder, file), 'utf8'))) : [])
const { version } = JSON.parse(readFileSync(`${SDK}package.json`, 'utf8')) as { version: string }

describe('the version of the SDK', () => {
  it('is what its reports and its CHANGELOG ask for', () => {
    const now = reportsIn(`${SDK}api`)
    expect(now.length).toBeGreaterThan(3)
    expect(releaseProblems({ version, now, released: reportsIn(`${SDK}api/released`), changelog: readFileSync(`${SDK}CHANGELOG.md`, 'utf8') })).toEqual([])
  })

  it('is what the app says of itself to web parts', () => {
    expect(readFileSync(`${SDK}../web/src/sdk/web.ts`, 'utf8')).toContain(`SDK_VERSION = '${version}'`)
  })

  const report = (of: string, declared: Record<string, string>) => readReport(`# @kartotek/sdk ${of}\n\n${Object.entries(declared).map(([name, text]) => `## ${name}\n\n\`\`\`ts\n${text}\n\`\`\`\n`).join('\n')}`)
  const before = { one: 'export declare function one(): void;', Two: 'export interface Two {\n    a: string;\n}' }
  const judged = (last: string, own: string, declared: Record<string, string>, line: string) =>
    releaseProblems({ version: own, now: [report(own, declared)], released: [report(last, before)], changelog: `# Changes\n\n## ${own}, not released\n\n${line}\n\n## ${last}\n\n- \`three\`\n` })

  it('is the next second number where something is new, and a line says so', () => {
    const more = { ...before, Two: 'export interface Two {\n    a: string;\n    b?: string;\n}', three: 'export declare const three = 3;' }
    expect(judged('1.2.0', '1.2.1', more, '- `Two`, `three`')).toEqual([expect.stringContaining('the version is at least 1.3.0')])
    expect(judged('1.2.0', '1.3.0', more, '- `Two`')).toEqual(['sdk/CHANGELOG.md does not say what becomes of `three` since 1.2.0.'])
    expect(judged('1.2.0', '1.3.0', more, '- `Two`, `three`')).toEqual([])
  })

  it('is the next first number where something is gone or written otherwise; before 1.0.0 the second', () => {
    const gone = { Two: before.Two }, other = { ...before, Two: 'export interface Two {\n    a: number;\n}' }
    expect(judged('1.2.0', '1.3.0', gone, '- `one`')).toEqual([expect.stringContaining('the version is at least 2.0.0')])
    expect(judged('1.2.0', '1.9.0', other, '- `Two`')).toEqual([expect.stringContaining('the version is at least 2.0.0')])
    expect(judged('1.2.0', '2.0.0', other, '- `Two`')).toEqual([])
    expect(judged('0.1.0', '0.1.1', gone, '- `one`')).toEqual([expect.stringContaining('the version is at least 0.2.0')])
    expect(judged('0.1.0', '0.2.0', gone, '- `one`')).toEqual([])
  })

  it('may go up without a change, and goes out with its reports', () => {
    expect(judged('1.2.0', '1.2.1', before, '- words')).toEqual([])
    const out = { version: '1.2.0', now: [report('1.2.0', before)], changelog: '# Changes\n\n## 1.2.0\n\n- words\n' }
    expect(releaseProblems({ ...out, released: [] })).toEqual([expect.stringContaining('sdk/api/released')])
    expect(releaseProblems({ ...out, released: [report('1.2.0', before)] })).toEqual([])
    expect(releaseProblems({ ...out, now: [report('1.1.0', before)], released: [report('1.2.0', before)] })).toEqual([expect.stringContaining('is not of version 1.2.0')])
  })
})
