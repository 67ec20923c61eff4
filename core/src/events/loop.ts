import type { Log } from '@kartotek/sdk'

/** A task that runs when it is woken and at the latest every `everyMs`, never twice at once, and survives its own errors. */
export class Loop {
  readonly #name: string
  readonly #task: () => Promise<unknown>
  readonly #everyMs: number
  readonly #log: Log
  #timer: NodeJS.Timeout | null = null
  #running: Promise<void> | null = null
  #again = false
  #stopped = true
  #failures = 0

  constructor(name: string, task: () => Promise<unknown>, options: { everyMs: number, log: Log }) {
    this.#name = name
    this.#task = task
    this.#everyMs = options.everyMs
    this.#log = options.log
  }

  start(): void {
    this.#stopped = false
    this.wake()
  }

  /** Waits for the run in progress. */
  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#timer) clearTimeout(this.#timer)
    await this.#running
  }

  wake(): void {
    if (this.#stopped) return
    // A run in progress may have read before the news was written, so it has to look once more.
    if (this.#running) {
      this.#again = true
      return
    }
    if (this.#timer) clearTimeout(this.#timer)
    this.#running = this.#run().finally(() => {
      this.#running = null
      if (this.#stopped) return
      if (this.#again && !this.#failures) {
        this.#again = false
        return this.wake()
      }
      const wait = Math.min(this.#everyMs * 2 ** Math.min(this.#failures, 5), 30_000)
      this.#timer = setTimeout(() => this.wake(), wait)
    })
  }

  async #run(): Promise<void> {
    try {
      await this.#task()
      if (this.#failures) this.#log.info({ loop: this.#name }, `${this.#name} works again.`)
      this.#failures = 0
    } catch (error) {
      if (!this.#stopped && this.#failures === 0) this.#log.error({ loop: this.#name, err: error }, `${this.#name} failed; it goes on with growing pauses.`)
      this.#failures++
    }
  }
}
