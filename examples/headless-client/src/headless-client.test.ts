import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { testCrm } from '@kartotek/core/testing'
import { afterAll, expect, it } from 'vitest'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))
const crm = await testCrm()
afterAll(() => crm.close())
const { url } = await crm.serve()

function program(token: string, ...words: string[]) {
  const child = spawn(process.execPath, [MAIN, ...words], { env: { ...process.env, KARTOTEK_URL: url, KARTOTEK_TOKEN: token }, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { out: '', err: '' }
  child.stdout.on('data', (text) => { said.out += text })
  child.stderr.on('data', (text) => { said.err += text })
  return { said, ended: once(child, 'exit').then(([code]) => code as number | null), stop: () => child.kill() }
}

it('adds a client, and another one hears of it', async () => {
  const token = await crm.token(await crm.as('administrator'))
  const first = program(token, 'add', 'Aino Oy')
  expect(await first.ended).toBe(0)
  expect(first.said.out).toMatch(/^[0-9a-f-]{36}\tAino Oy\n$/)

  const watcher = program(token, 'watch')
  try {
    await expect.poll(() => watcher.said.out).toContain('THERE\tAino Oy\n')
    // It lists first and listens a moment later: what is added in between is told to nobody.
    await expect.poll(async () => {
      expect(await program(token, 'add', 'Väinö').ended).toBe(0)
      return watcher.said.out
    }).toContain('CREATED\tVäinö\n')
  } finally {
    watcher.stop()
    await watcher.ended
  }
})

it('says with which code it was refused', async () => {
  const refused = program('kt_nonsense', 'add', 'Nobody')
  expect(await refused.ended).toBe(1)
  expect(refused.said.err).toMatch(/^UNAUTHENTICATED: /)
  const reader = program(await crm.token(await crm.withRules({ objects: { client: { read: 'all' } } })), 'add', 'Nobody')
  expect(await reader.ended).toBe(1)
  expect(reader.said.err).toMatch(/^INVALID_INPUT: /)
})
