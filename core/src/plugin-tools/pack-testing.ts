import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { VERSION } from '../config/index.ts'
import { StartError } from '../database/errors.ts'

const ENTRY = fileURLToPath(new URL('../testing/for-authors.ts', import.meta.url))
const OPTIONS = [
  '--ignoreConfig', '--declaration', '--rewriteRelativeImportExtensions', '--preserveSymlinks', '--skipLibCheck', '--strict', '--verbatimModuleSyntax',
  '--target', 'es2024', '--lib', 'es2024,esnext.disposable', '--module', 'nodenext', '--types', 'node', '--rootDir', fileURLToPath(new URL('../testing', import.meta.url)),
]

/**
 * The types of `@kartotek/core/testing` as a package, so that an editor knows them; the core itself is that of the installation,
 * which `kartotek plugin test` puts in their place.
 * @param compiler path of tsc
 * @returns path of the package
 */
export function packTesting(target: string, compiler: string): string {
  const staging = mkdtempSync(join(tmpdir(), 'kartotek-testing-'))
  try {
    execFileSync(process.execPath, [compiler, ENTRY, ...OPTIONS, '--outDir', staging], { stdio: 'pipe', cwd: fileURLToPath(new URL('../..', import.meta.url)) })
    writeFileSync(join(staging, 'package.json'), JSON.stringify({
      name: '@kartotek/core', version: VERSION, description: 'The types of the test kit of Kartotek; `kartotek plugin test` runs the tests.', license: 'MIT', type: 'module',
      exports: { './testing': { types: './for-authors.d.ts', default: './for-authors.js' } },
    }, null, 2))
    const [packed] = JSON.parse(execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', target], { cwd: staging, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })) as [{ filename: string }]
    return join(target, packed.filename)
  } catch (error) {
    const { stdout, message } = error as Error & { stdout?: Buffer }
    throw new StartError(`The types of the test kit could not be packed: ${String(stdout ?? '').trim().slice(0, 2000) || message}`)
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}
