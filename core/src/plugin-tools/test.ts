import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Io } from '../cli/command.ts'
import { StartError } from '../database/errors.ts'

const CONFIG = fileURLToPath(new URL('vitest.config.ts', import.meta.url))

/** `kartotek plugin test [FOLDER] [words for vitest]`: the tests of a plugin, on this installation's core and a PostgreSQL of their own. */
export async function testPlugin([folder = '.', ...more]: string[], io: Io): Promise<number> {
  const [root, words] = folder.startsWith('-') ? [resolve(io.cwd), [folder, ...more]] : [resolve(io.cwd, folder), more]
  if (!existsSync(join(root, 'package.json'))) throw new StartError(`${root} is no folder of a package: it has no package.json.`)
  const child = spawn(process.execPath, [vitest(), 'run', '--config', CONFIG, '--root', root, ...words], { cwd: root, env: { ...io.env, NODE_ENV: 'test', KARTOTEK_TEST_ROOT: root }, stdio: ['inherit', 'pipe', 'pipe'] })
  child.stdout.on('data', (text: Buffer) => io.out(String(text).trimEnd()))
  child.stderr.on('data', (text: Buffer) => io.err(String(text).trimEnd()))
  return new Promise((done, reject) => {
    child.on('error', reject)
    child.on('close', (code) => done(code ?? 1))
  })
}

function vitest(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
  } catch {
    throw new StartError('vitest is not installed here: run `npm install` in the project first.')
  }
}
