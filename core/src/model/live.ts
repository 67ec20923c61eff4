import type { Log } from '@kartotek/sdk'
import type { Database } from '../database/index.ts'
import { buildGeneration, readRevision, type Generation, type GenerationDeps } from './generation.ts'
import { loadModel, type Hidden } from './load.ts'
import type { Model } from './model.ts'

const POLL_MS = 1_000

/**
 * The newest generation of this node. Other nodes are heard by NOTIFY, and because a notification is lost with its
 * connection, the revision is also read every second: a read is at most one second old.
 */
export class LiveModel {
  #current: Generation
  #deps: GenerationDeps
  #log: Log
  #refreshing: Promise<void> | null = null
  #again = false
  #timer: NodeJS.Timeout | undefined
  #stop: (() => Promise<void>) | undefined

  private constructor(deps: GenerationDeps, log: Log, first: Generation) {
    this.#deps = deps
    this.#log = log
    this.#current = first
  }

  static async open(deps: GenerationDeps, log: Log): Promise<LiveModel> {
    return new LiveModel(deps, log, await buildGeneration(deps))
  }

  get current(): Generation { return this.#current }

  /** The model with what is hidden: objects, and lists that were taken away. */
  withHidden(db: GenerationDeps['db']): Promise<Model> {
    return this.stored(db, 'with hidden objects')
  }

  /** The model as a transaction finds it: to who holds its lock the newest there is, with what he changed himself. */
  stored(db: GenerationDeps['db'], hidden?: Hidden): Promise<Model> {
    return loadModel(db, this.#current.shape, this.#deps.known, hidden)
  }

  /** Follows the changes of all nodes. */
  async watch(database: Database): Promise<void> {
    const soon = (): void => { void this.refresh().catch((error: Error) => this.#log.error({ err: error }, 'the model could not be refreshed')) }
    this.#stop = await database.listen('kartotek_model', soon, soon)
    this.#timer = setInterval(soon, POLL_MS)
    this.#timer.unref()
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#stop?.()
    await this.#refreshing?.catch(() => undefined)
  }

  /** Takes over the newest revision, if there is a newer one. Calls at the same time share one look. */
  refresh(): Promise<void> {
    if (this.#refreshing) {
      this.#again = true
      return this.#refreshing
    }
    return this.#refreshing = this.#run().finally(() => { this.#refreshing = null })
  }

  async #run(): Promise<void> {
    do {
      this.#again = false
      const revision = await readRevision(this.#deps.db)
      if (revision.shape === this.#current.shape && revision.rules === this.#current.rules) continue
      this.#current = await buildGeneration(this.#deps, this.#current)
    } while (this.#again)
  }
}
