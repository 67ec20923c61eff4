import type { Log, PluginDefinition } from '@kartotek/sdk'
import { QuarantinedError, SkippedError, UnconfiguredError, type PluginState, type PluginStatus, type Step } from './state.ts'

/** The start of one plugin: its steps, their times, and where it stopped. */
export class BootRecord {
  readonly source: string
  readonly state: PluginState
  readonly #log: Log
  #plugin: PluginDefinition | null = null

  constructor(source: string, log: Log) {
    this.source = source
    this.#log = log
    this.state = { id: source, version: null, source, state: 'starting', step: 'discovered', cause: null, timings: [], faults: 0 }
  }

  /** The plugin, after the step `loaded`. */
  get plugin(): PluginDefinition {
    if (!this.#plugin) throw new Error(`${this.source} is not loaded.`)
    return this.#plugin
  }

  get loaded(): boolean {
    return this.#plugin !== null
  }

  /** It may take the next step. */
  get alive(): boolean {
    return this.state.state === 'starting' || this.state.state === 'running'
  }

  adopt(plugin: PluginDefinition): void {
    this.#plugin = plugin
    if (typeof plugin.id === 'string' && plugin.id) this.state.id = plugin.id
    this.state.version = typeof plugin.version === 'string' ? plugin.version : null
  }

  /** Takes a step, unless an earlier one failed. Errors end here: they become the state. @returns whether it may go on */
  async step(step: Step, run: () => unknown): Promise<boolean> {
    if (!this.alive) return false
    const began = performance.now()
    try {
      await run()
      this.state.step = step
    } catch (error) {
      this.fail(step, error)
    }
    this.state.timings.push({ step, ms: Math.round((performance.now() - began) * 10) / 10 })
    return this.alive
  }

  fail(step: Step, error: unknown): void {
    this.state.step = step
    this.state.state = statusOf(error)
    this.state.cause = error instanceof Error ? error.message : String(error)
    if (error instanceof SkippedError) return
    this.#log.error({ plugin: this.state.id, step, err: error }, `Plugin ${this.state.id} is ${this.state.state} at the step "${step}": ${this.state.cause}`)
  }
}

function statusOf(error: unknown): PluginStatus {
  if (error instanceof UnconfiguredError) return 'unconfigured'
  if (error instanceof SkippedError) return 'skipped'
  return error instanceof QuarantinedError ? 'quarantined' : 'failed'
}
