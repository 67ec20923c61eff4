// docs/write-a-plugin.md, command by command, in a folder outside of the repository.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { eventually } from '../src/testing/child.ts'
import { testDatabaseUrl } from '../src/testing/index.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const KARTOTEK = join(ROOT, 'core/bin/kartotek.js')
const dir = mkdtempSync(join(tmpdir(), 'kartotek-tutorial-'))
const folder = join(dir, 'door-bell')
afterAll(() => rmSync(dir, { recursive: true }))

interface Block { language: string, kind: string, text: string }
const blocks = [...readFileSync(join(ROOT, 'docs/write-a-plugin.md'), 'utf8').matchAll(/^```(\w+) ?(\w*)\n(.*?)^```$/gms)]
  .map(([, language, kind, text]): Block => ({ language: language!, kind: kind!, text: text! }))
const lines = (kind: string): string[] => blocks.filter((block) => block.language === 'sh' && block.kind === kind).flatMap(({ text }) => text.trim().split('\n'))

// A `kartotek` on the path, in place of the alias; typescript and the rest as `npm install` would bring them.
mkdirSync(join(dir, 'bin'))
writeFileSync(join(dir, 'bin/kartotek'), `#!/bin/sh\nexec ${process.execPath} ${KARTOTEK} "$@"\n`, { mode: 0o755 })
const env = { ...process.env, PATH: `${join(dir, 'bin')}:${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}`, NODE_ENV: '', LOG_LEVEL: 'error', KARTOTEK_TEST_ROOT: undefined }
const shell = (script: string, cwd: string, more: NodeJS.ProcessEnv = {}): string => {
  try {
    return execFileSync('bash', ['-ec', script], { cwd, encoding: 'utf8', env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string, stderr: string }
    throw new Error(`${script}\n${stdout}\n${stderr}`, { cause: error })
  }
}

/** `npm install` without a net: the packages of `vendor` as they were packed, the public ones from the repository. */
function install(): void {
  const { devDependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { devDependencies: Record<string, string> }
  for (const [name, place] of Object.entries(devDependencies)) {
    const target = join(folder, 'node_modules', name)
    mkdirSync(join(target, '..'), { recursive: true })
    if (!place.startsWith('file:')) {
      symlinkSync([join(ROOT, 'web/node_modules', name), join(ROOT, 'node_modules', name)].find(existsSync)!, target)
      continue
    }
    mkdirSync(target)
    execFileSync('tar', ['xzf', join(folder, place.slice('file:'.length)), '-C', target, '--strip-components=1'])
  }
}

async function started(words: string[], more: NodeJS.ProcessEnv, cwd: string): Promise<{ url: string, said(): string, child: ChildProcess }> {
  const child = spawn(process.execPath, [KARTOTEK, ...words], { cwd, env: { ...env, PORT: '0', ...more }, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { said += text })
  const url = await eventually(() => /ready: (http:\/\/127\.0\.0\.1:\d+)/.exec(said)?.[1], 90).catch((error: Error) => { throw new Error(`${error.message}\n${said}`) })
  return { url, said: () => said, child }
}

async function signedIn(url: string, email: string, password: string) {
  const post = (path: string, headers: Record<string, string>, body: object) => fetch(`${url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })
  const cookie = (await post('/auth/sign-in', {}, { email, password })).headers.getSetCookie()[0]!.split(';')[0]!
  return Object.assign(async (query: string) => (await post('/graphql', { cookie }, { query })).json() as Promise<unknown>, { cookie })
}

async function stopped(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM')
  if (child.exitCode === null) await once(child, 'exit')
}

it('leads from nothing to a plugin that runs from its package', { timeout: 600_000 }, async () => {
  const plain = lines('')
  const toTest = plain.indexOf('kartotek plugin test') + 1
  let cwd = dir
  for (const line of plain.slice(0, toTest)) {
    if (line === 'cd door-bell') cwd = folder
    else if (line === 'npm install') install()
    else expect(shell(line, cwd)).toBeDefined()
  }
  expect(existsSync(join(folder, '.gitignore'))).toBe(true)

  // The server of `plugin dev`, which starts anew when a file changes.
  expect(lines('dev')).toEqual(['kartotek plugin dev'])
  const dev = await started(['plugin', 'dev'], {}, folder)
  try {
    const [, email = '', password = ''] = /Sign in as (\S+) with the password (\S+)\./.exec(dev.said())!
    let ask = await signedIn(dev.url, email, password)
    const [settings, client, signals] = blocks.filter((block) => block.language === 'graphql').map(({ text }) => text)
    expect(await ask(settings!)).not.toHaveProperty('errors')
    expect(await ask(client!)).not.toHaveProperty('errors')
    shell(lines('ring').join('\n').replace('http://127.0.0.1:3000', dev.url), folder)
    await eventually(async () => ((await ask(signals!)) as { data: { doorBellSignals: { nodes: unknown[] } } }).data.doorBellSignals.nodes[0], 30)

    const file = join(folder, 'src/signal.object.ts')
    writeFileSync(file, readFileSync(file, 'utf8').replace(`en: 'Signal',`, `en: 'Ring',`))
    const again = await eventually(() => [...dev.said().matchAll(/ready: (http:\/\/127\.0\.0\.1:\d+)/g)][1]?.[1], 60)
    ask = await signedIn(again!, email, password)
    expect(await ask('{ object(name: "doorBellSignal") { label } doorBellSignals { nodes { text client { name } } } }')).toEqual({
      data: { object: { label: 'Ring' }, doorBellSignals: { nodes: [{ text: 'The door is open', client: { name: 'Aino Oy' } }] } },
    })
  } finally {
    await stopped(dev.child)
  }

  for (const line of plain.slice(toTest)) expect(shell(line, folder)).toBeDefined()
  expect(readFileSync(join(folder, 'src/__generated__/api.ts'), 'utf8')).toContain('export type DoorBellSignal = {')
  shell('npm run types', folder)

  // Another installation takes the package.
  const installation = { DATABASE_URL: await testDatabaseUrl(), KARTOTEK_DATA_DIR: join(dir, 'data'), KARTOTEK_ADMIN_EMAIL: 'anna@example.com', KARTOTEK_ADMIN_PASSWORD: 'a long password of the test 7' }
  const away = join(dir, 'elsewhere')
  mkdirSync(away)
  cpSync(join(folder, 'kartotek-door-bell-0.1.0.tgz'), join(away, 'kartotek-door-bell-0.1.0.tgz'))
  rmSync(folder, { recursive: true })
  for (const line of lines('install')) shell(line, away, installation)
  const server = await started(['start'], installation, away)
  try {
    const ask = await signedIn(server.url, installation.KARTOTEK_ADMIN_EMAIL, installation.KARTOTEK_ADMIN_PASSWORD)
    expect((await ask('{ plugins { id version state cause } }') as { data: { plugins: object[] } }).data.plugins).toContainEqual({ id: 'door-bell', version: '0.1.0', state: 'running', cause: null })
    const parts = await (await fetch(`${server.url}/plugins/index.json`, { headers: { cookie: ask.cookie } })).json() as { id: string, entry: string | null }[]
    const entry = parts.find(({ id }) => id === 'door-bell')!.entry!
    expect(await (await fetch(new URL(entry, server.url))).text()).toContain('record.tabs')
    expect(await ask('{ doorBellSignals { total { value } } }')).toEqual({ data: { doorBellSignals: { total: { value: 0 } } } })
  } finally {
    await stopped(server.child)
  }
})
