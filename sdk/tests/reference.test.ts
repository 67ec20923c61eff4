// The reference is written from the docstrings (`npm run reference`): all of the SDK is in it, and its links lead somewhere.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exported, SDK } from './docstrings.ts'

const typedoc = join(dirname(createRequire(import.meta.url).resolve('typedoc/package.json')), 'bin/typedoc')

describe('the reference of the SDK', () => {
  it('is written without a warning, and has each export', async () => {
    const out = mkdtempSync(join(tmpdir(), 'kartotek-reference-'))
    try {
      const running = spawn(process.execPath, [typedoc, '--options', join(SDK, 'typedoc.json'), '--out', out, '--logLevel', 'Warn'], { cwd: SDK, env: { ...process.env, NO_COLOR: '1' } })
      let said = ''
      for (const stream of [running.stdout, running.stderr]) stream.on('data', (chunk: Buffer) => { said += chunk.toString() })
      const code = await new Promise<number | null>((resolve, reject) => { running.on('error', reject).on('close', resolve) })
      expect(said).toBe('')
      expect(code).toBe(0)
      const pages = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md')).map((file) => readFileSync(join(out, file), 'utf8'))
      const headings = new Set(pages.flatMap((page) => [...page.matchAll(/^#+ (?:(?:abstract|readonly|const) )?([\w$\\]+)/gm)].map((match) => match[1]!.replaceAll('\\', ''))))
      expect(exported().map(({ name }) => name).filter((name) => !headings.has(name))).toEqual([])
    } finally {
      rmSync(out, { recursive: true, force: true })
    }
  })
})
