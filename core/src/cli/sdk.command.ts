import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StartError } from '../database/index.ts'
import { UsageError, type Command } from './command.ts'
import { packTesting } from '../plugin-tools/pack-testing.ts'

const SDK = dirname(dirname(fileURLToPath(import.meta.resolve('@kartotek/sdk'))))

const AS_THEY_ARE = ['components.d.ts', 'web.tsconfig.json']

export const sdk: Command = {
  name: 'sdk',
  usage: 'pack [FOLDER]',
  summary: 'Write the SDK and the types of the test kit as packages, kartotek-sdk-VERSION.tgz and kartotek-core-VERSION.tgz, for plugins that are written elsewhere.',
  async run([action, folder = '.', ...more], io) {
    if (action !== 'pack' || more.length) throw new UsageError(action ? `${[action, ...more].join(' ')}: unknown words.` : 'What to do is missing.')
    for (const file of Object.values(packForAuthors(resolve(io.cwd, folder)))) io.out(file)
  },
}

/** Both packages that somebody needs who writes a plugin elsewhere, by the names that do not change with the version. */
export function packForAuthors(target: string): Record<'kartotek-sdk.tgz' | 'kartotek-core-testing.tgz', string> {
  return { 'kartotek-sdk.tgz': packSdk(target), 'kartotek-core-testing.tgz': packTesting(target, compiler()) }
}

/**
 * Compiles the SDK and packs it: Node runs no TypeScript out of `node_modules`.
 * @returns path of the package
 * @throws StartError where the tools of the project are not installed
 */
function packSdk(target: string): string {
  const staging = mkdtempSync(join(tmpdir(), 'kartotek-sdk-'))
  try {
    execFileSync(process.execPath, [compiler(), '-p', join(SDK, 'tsconfig.build.json'), '--outDir', join(staging, 'dist')], { stdio: 'pipe' })
    const { exports, ...manifest } = JSON.parse(readFileSync(join(SDK, 'package.json'), 'utf8')) as { exports: Record<string, string | object> }
    const built = Object.fromEntries(Object.entries(exports).map(([name, file]) => {
      // types and configurations for web parts, as they are
      if (typeof file !== 'string' || !file.endsWith('.ts')) return [name, file]
      const path = file.replace('./src/', './dist/').replace(/\.ts$/, '')
      return [name, { types: `${path}.d.ts`, default: `${path}.js` }]
    }))
    writeFileSync(join(staging, 'package.json'), JSON.stringify({ ...manifest, exports: built, files: ['dist', ...AS_THEY_ARE] }, null, 2))
    cpSync(join(SDK, '../LICENSE'), join(staging, 'LICENSE'))
    for (const file of AS_THEY_ARE) cpSync(join(SDK, file), join(staging, file))
    const [packed] = JSON.parse(execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', target], { cwd: staging, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })) as [{ filename: string }]
    return join(target, packed.filename)
  } catch (error) {
    const { stdout, stderr, message } = error as Error & { stdout?: Buffer, stderr?: Buffer }
    throw new StartError(`The SDK could not be packed: ${[stdout, stderr].map(String).join('').trim().slice(0, 2000) || message}`)
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

function compiler(): string {
  try {
    return createRequire(import.meta.url).resolve('typescript/bin/tsc')
  } catch {
    throw new StartError('TypeScript is not installed: run `npm install` in the project first.')
  }
}
