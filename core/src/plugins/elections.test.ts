import { afterEach, describe, expect, it } from 'vitest'
import { testDatabase, testLog } from '../testing/index.ts'
import { Elections, type LongWorker } from './elections.ts'

const db = await testDatabase({ from: 'empty' })
const nodes: Elections[] = []
afterEach(async () => { await Promise.all(nodes.splice(0).map((node) => node.stop())) })

const started: string[] = []
/** What listens until it is told to stop. */
const listening = (node: string): LongWorker => ({
  plugin: 'phone', id: 'listen', instances: 'one',
  run: (signal) => new Promise((done) => {
    started.push(node)
    signal.addEventListener('abort', () => { started.push(`${node} stops`); done() })
  }),
})
function node(worker: LongWorker): Elections {
  const made = new Elections([worker], { url: db.url, log: testLog, everyMs: 50, firstPauseMs: 10 })
  nodes.push(made)
  made.start()
  return made
}
const stateOf = (made: Elections) => made.statesOf('phone')[0]!
const settled = (made: Elections, state: string) => expect.poll(() => stateOf(made).state).toBe(state)

describe('a worker that runs once over all nodes', () => {
  it('runs on one, and on another when that one stops', async () => {
    started.length = 0
    const one = node(listening('one'))
    await settled(one, 'running')
    const two = node(listening('two'))
    await new Promise((done) => setTimeout(done, 300))
    expect(stateOf(two).state).toBe('waiting')
    await one.stop()
    await settled(two, 'running')
    expect(started).toEqual(['one', 'one stops', 'two'])
  })

  it('is stopped where the session of its lock is lost, and goes on elsewhere', async () => {
    started.length = 0
    const one = node(listening('one'))
    await settled(one, 'running')
    const two = node(listening('two'))
    await new Promise((done) => setTimeout(done, 200))
    await db.pool.query(`select pg_terminate_backend(l.pid) from pg_locks l where locktype = 'advisory' and classid = 7510003 and granted and database = (select oid from pg_database where datname = current_database())`)
    await expect.poll(() => started.filter((line) => !line.endsWith('stops')).length).toBeGreaterThan(1)
    expect(started.slice(0, 2)).toEqual(['one', 'one stops'])
    await expect.poll(() => [stateOf(one).state, stateOf(two).state].sort()).toEqual(['running', 'waiting'])
  })

  it('is not begun beside one that does not end', async () => {
    let release = (): void => undefined
    let runs = 0
    const stubborn = node({ plugin: 'phone', id: 'listen', instances: 'one', run: () => { runs++; return new Promise<void>((done) => { release = done }) } })
    await settled(stubborn, 'running')
    await db.pool.query(`select pg_terminate_backend(l.pid) from pg_locks l where locktype = 'advisory' and classid = 7510003 and granted and database = (select oid from pg_database where datname = current_database())`)
    await new Promise((done) => setTimeout(done, 400))
    expect(runs).toBe(1)
    release()
    await expect.poll(() => runs).toBe(2)
    release()
    const stopped = stubborn.stop()
    release()
    await stopped
  })
})

it('a worker that breaks off is started again after growing pauses, and says why', async () => {
  let runs = 0
  const breaking = node({ plugin: 'phone', id: 'listen', instances: 'each', run: () => Promise.reject(new Error(`no line ${++runs}`)) })
  await expect.poll(() => runs).toBeGreaterThan(3)
  expect(stateOf(breaking)).toMatchObject({ cause: expect.stringMatching(/^no line \d+$/) })
  expect(stateOf(breaking).restarts).toBeGreaterThan(2)
  await breaking.stop()
  const then = runs
  await new Promise((done) => setTimeout(done, 200))
  expect(runs).toBe(then)
})
