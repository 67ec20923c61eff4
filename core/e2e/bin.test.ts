import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

const bin = fileURLToPath(new URL('../bin', import.meta.url))
const dir = mkdtempSync(join(tmpdir(), 'kartotek-bin-'))
afterAll(() => rmSync(dir, { recursive: true }))

/** The system's own Node, where it is older than the one that we bring along. */
const older = ['/usr/local/bin/node', '/usr/bin/node'].find(path => existsSync(path) && Number(/v(\d+)/.exec(execFileSync(path, ['-v'], { encoding: 'utf8' }))![1]) < 24)

function run(node: string, script: string, args: string[] = [], path = '/usr/bin:/bin'): Promise<{ code: number, out: string }> {
  return new Promise(resolve => {
    execFile(node, [script, ...args], { env: { PATH: path }, cwd: dir }, (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, out: stdout + stderr }))
  })
}

/** A checkout with nothing but the programs, a lock file that wants `packages`, and those `installed`. */
function checkout(name: string, installed?: Record<string, string>): string {
  const root = join(dir, name)
  cpSync(bin, join(root, 'core/bin'), { recursive: true })
  const lock = (versions: Record<string, string>): string => JSON.stringify({ packages: Object.fromEntries(Object.entries(versions).map(([path, version]) => [path, { version, ...(path.includes('optional') && { optional: true }) }])) })
  writeFileSync(join(root, 'package-lock.json'), lock({ '': '0', 'node_modules/a': '1.0.0', 'node_modules/optional': '1.0.0' }))
  if (installed) {
    mkdirSync(join(root, 'node_modules'), { recursive: true })
    writeFileSync(join(root, 'node_modules/.package-lock.json'), lock(installed))
  }
  return root
}
/** A program called npm that writes down how it was called, and takes its time. */
function npmThatNotes(work = ''): { path: string, calls(): string } {
  const path = mkdtempSync(join(dir, 'npm-')), notes = join(path, 'notes')
  writeFileSync(join(path, 'npm'), `#!/bin/sh\necho "$@" >> ${notes}\n${work}\n`)
  chmodSync(join(path, 'npm'), 0o755)
  return { path: `${path}:/usr/bin:/bin`, calls: () => existsSync(notes) ? readFileSync(notes, 'utf8') : '' }
}
const prepare = (root: string, path: string, options = {}) => {
  const script = join(root, 'prepare-now.js')
  writeFileSync(script, `import { ensureDependencies } from './core/bin/prepare.js'\nawait ensureDependencies(${JSON.stringify(options)})\n`)
  writeFileSync(join(root, 'package.json'), '{"type":"module"}')
  return run(process.execPath, script, [], path)
}

describe('programs under an older Node', () => {
  it.runIf(older)('run themselves again under Node 24 and hand on arguments and exit code', async () => {
    expect(await run(older!, join(bin, 'kartotek.js'), ['version'])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
    expect(await run(older!, join(bin, 'kartotek.js'), ['bakup'])).toMatchObject({ code: 2, out: expect.stringContaining('do you mean backup?') })
  })

  it.runIf(older)('say what to do where there is no Node 24', async () => {
    const root = checkout('bare')
    expect(await run(older!, join(root, 'core/bin/kartotek.js'), ['version'])).toMatchObject({ code: 1, out: expect.stringMatching(/^Kartotek needs Node 24, and this is v\d+.*: run `npm ci` in .*bare, which brings it along, or install it\.\n$/) })
  })
})

describe('the preparation of a checkout', () => {
  it('installs everything once, without running scripts of packages', async () => {
    const npm = npmThatNotes()
    const { out } = await prepare(checkout('fresh'), npm.path)
    expect(out).toMatch(/^Installing 2 dependencies\. This is done once /)
    expect(npm.calls()).toMatch(/^ci --ignore-scripts --include=dev --include=optional /)
  })

  it('says from time to time how far it is', async () => {
    const root = checkout('slow')
    const npm = npmThatNotes(`mkdir -p ${root}/node_modules/a && echo '{}' > ${root}/node_modules/a/package.json && sleep 2`)
    const { code, out } = await prepare(root, npm.path, { everyMs: 300 })
    expect(code).toBe(0)
    expect(out).toContain('1 of 2 dependencies are here')
    expect(out.match(/^ {2}… \d+ s, /gm)!.length).toBeGreaterThan(2)
  })

  it('does nothing when what the lock file names is there, optional packages aside', async () => {
    const npm = npmThatNotes()
    expect(await prepare(checkout('ready', { 'node_modules/a': '1.0.0' }), npm.path)).toEqual({ code: 0, out: '' })
    expect(npm.calls()).toBe('')
  })

  it('brings an older installation up to date and names what was missing', async () => {
    const npm = npmThatNotes()
    const { out } = await prepare(checkout('stale', { 'node_modules/a': '0.9.0' }), npm.path)
    expect(out).toContain('because a is missing or has another version')
    expect(npm.calls()).toMatch(/^install --ignore-scripts /)
  })
})
