import { fork } from 'node:child_process'
import { once } from 'node:events'
import { filesDirectory } from '../config/index.ts'
import type { TestCrm } from './crm.ts'
import { pluginsUrlOf } from './index.ts'

/** A process that does background work, until it is killed in the middle of it. */
export interface WorkingNode {
  /** As a power cut does it. @returns when it was gone, in milliseconds of the clock */
  kill(): Promise<number>
}

/** Starts one more node over the database of a test, as a process of its own; the test's own core should have `work: false`. */
export async function workingNode({ kartotek, dataDir }: TestCrm, plugin?: string): Promise<WorkingNode> {
  const { url } = kartotek.db
  const child = fork(new URL('./working-process.ts', import.meta.url), [url, pluginsUrlOf(url), filesDirectory({ dataDir }), ...plugin ? [plugin] : []])
  const ended = once(child, 'exit')
  await Promise.race([once(child, 'message'), ended.then(() => { throw new Error('The node ended before it worked.') })])
  return {
    async kill() {
      child.kill('SIGKILL')
      await ended
      return Date.now()
    },
  }
}
