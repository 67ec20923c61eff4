// The examples of the docstrings as files, as an author has them after copying: below `sdk/dist/examples`, a folder for each.
import { spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { exported, SDK, type Documented } from './docstrings.ts'

const FOLDER = join(SDK, 'dist/examples')

export interface WrittenExample {
  /** Of what: `PluginContext.fetch`. */
  name: string
  /** Runs in the browser, inside the app. */
  web: boolean
  /** Its module. */
  module: string
}

/** Writes all of them anew, and a TypeScript project around them. */
export function writeExamples(): { examples: WrittenExample[], sourceOf: ReadonlyMap<string, { file: string, line: number }> } {
  rmSync(FOLDER, { recursive: true, force: true })
  const sourceOf = new Map<string, { file: string, line: number }>()
  const all = exported().flatMap((one) => [one, ...one.members]).flatMap(({ name, file, examples }: Documented) => examples.map(({ files }) => ({ name, source: file, files })))
  const examples = all.map(({ name, source, files }, at): WrittenExample => {
    // With a number: `FileStorage` and `fileStorage` are one folder to some systems.
    const folder = join(FOLDER, `${at}-${name}`)
    mkdirSync(folder, { recursive: true })
    for (const { name: file, text, line } of files) {
      writeFileSync(join(folder, file), text)
      sourceOf.set(join(folder, file), { file: source, line })
    }
    return { name, web: source.startsWith('src/web/'), module: join(folder, files[0]!.name) }
  })
  // Those of web parts are among them, so it is the project of one, with Node's types for the others.
  writeFileSync(join(FOLDER, 'tsconfig.json'), JSON.stringify({
    extends: '../../web.tsconfig.json', include: ['.'], exclude: [],
    compilerOptions: { types: ['node', '@kartotek/sdk/components', 'vite/client'], noUnusedLocals: true, erasableSyntaxOnly: true },
  }))
  return { examples, sourceOf }
}

/** What the compiler of Vue and TypeScript finds in them, all in one program; places are those in the sources of the SDK. */
export async function problemsOf(sourceOf: ReadonlyMap<string, { file: string, line: number }>): Promise<string[]> {
  const compiler = createRequire(import.meta.url).resolve('vue-tsc/bin/vue-tsc.js')
  const running = spawn(process.execPath, [compiler, '--noEmit', '--pretty', 'false', '-p', FOLDER], { cwd: dirname(FOLDER), stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [running.stdout, running.stderr]) stream.on('data', (chunk: Buffer) => { said += chunk.toString() })
  const code = await new Promise<number | null>((resolve, reject) => { running.on('error', reject).on('close', resolve) })
  const problems = said.split('\n').filter(Boolean).map((line) => line.replace(/^(\S+?)\((\d+),/, (all, file: string, at: string) => {
    const source = sourceOf.get(join(dirname(FOLDER), file))
    return source ? `sdk/${source.file}(${source.line + Number(at) - 1},` : all
  }))
  return code !== 0 && !problems.length ? [`vue-tsc ended with ${code} and said nothing.`] : problems
}
