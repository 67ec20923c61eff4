import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { openBrowser } from '../src/testing/browser.ts'
import { stepsOf, type FirstStart } from './first-start.ts'
import { seconds, type Table } from './table.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** What the machine needs from `git clone` of the last commit to the first client, by the commands of the README and a browser. */
export async function benchNewcomer(table: Table, say: (text: string) => void): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'kartotek-newcomer-'))
  const clone = join(dir, 'kartotek')
  const began = Date.now()
  const since = (): number => Date.now() - began
  try {
    execFileSync('git', ['clone', '--quiet', '--no-hardlinks', ROOT, clone], { stdio: ['ignore', 'ignore', 'inherit'] })
    const cloned = since()
    const { said, setupUrl, stop } = await firstStart(clone, since, say)
    try {
      const ready = since()
      await firstClient(setupUrl)
      const builtAt = statSync(join(clone, 'web/dist/index.html')).mtimeMs - began
      const { installMs, buildMs, startMs } = stepsOf({ begunAt: cloned, said, builtAt, readyAt: ready })
      const whole = since()
      const steps = `clone ${seconds(cloned)}, dependencies ${seconds(installMs)}, web app ${seconds(buildMs)}, first start with a new database ${seconds(startMs)}, set-up page and client ${seconds(whole - ready)}`
      table.add('from git clone to the first client, the share of the machine', seconds(whole), steps, '≤ 180 s', whole <= 180_000)
      table.add('… where the dependencies are installed already', seconds(whole - installMs))
    } finally {
      await stop()
    }
  } finally {
    const note = join(clone, 'data/postgresql.json')
    // For root the database lies outside of the data directory.
    const home = existsSync(note) ? [(JSON.parse(readFileSync(note, 'utf8')) as { home: string }).home] : []
    for (const path of [...home, dir]) rmSync(path, { recursive: true, force: true })
  }
}

/** `npm start` in the clone, until it prints the link for the first administrator. */
async function firstStart(clone: string, since: () => number, say: (text: string) => void): Promise<{ said: FirstStart['said'], setupUrl: string, stop(): Promise<void> }> {
  const child = spawn('npm', ['start'], { cwd: clone, env: { ...environment(), PORT: '0', HOST: '127.0.0.1' }, stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  const ended = once(child, 'exit')
  const said: { at: number, text: string }[] = []
  for await (const text of createInterface(child.stdout)) {
    said.push({ at: since(), text })
    if (text.trim()) say(text.trim().replace(/\/setup\S+/, '/setup…'))
    const setupUrl = /(http\S+\/setup\S+)/.exec(text)?.[1]
    // As Ctrl-C does: to npm and all that it began.
    if (setupUrl) return { said, setupUrl, stop: async () => { process.kill(-child.pid!, 'SIGINT'); child.stdout.resume(); await ended } }
  }
  throw new Error('«npm start» in the clone ended before it was ready.')
}

/** That of the terminal: without what npm and we put into it for the programs of this checkout. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_(?!config_(registry|cache|userconfig|globalconfig)$)|INIT_CWD|NODE_ENV|KARTOTEK_|DATABASE_URL)/.test(name))
  return { ...Object.fromEntries(own), PATH: process.env.PATH!.split(':').filter((path) => !path.startsWith(ROOT)).join(':') }
}

/** What a person would do on the set-up page and on the page of a new client, without the time to read and to type. */
async function firstClient(setupUrl: string): Promise<void> {
  const browser = await openBrowser()
  try {
    const page = await browser.newPage({ locale: 'en-GB' })
    await page.goto(setupUrl)
    for (const [label, value] of [['Company name', 'Newcomer Oy'], ['Your name', 'Aino Virtanen'], ['E-mail', 'aino@example.com'], ['New password', 'seven quiet herons by the lake']]) {
      await page.getByLabel(label!).fill(value!)
    }
    await page.getByRole('button', { name: 'Start working' }).click()
    await page.waitForURL('**/clients')
    await page.getByRole('link', { name: 'Create' }).first().click()
    await page.getByLabel('Name', { exact: true }).fill('Järvinen Oy')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { level: 1, name: 'Järvinen Oy' }).waitFor()
  } finally {
    await browser.close()
  }
}
