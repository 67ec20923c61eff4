import type { Loader, PluginContext } from '@kartotek/sdk'

// Keys and values of each loader are its own.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Any = any
interface Batch { ctx: PluginContext<Any>, asked: Map<unknown, PromiseWithResolvers<unknown>> }

const MOST = 200

/** What is asked of loaders at the same moment of one request. Nothing is kept when it was loaded. */
export class Batches {
  readonly #open = new Map<Loader<Any, Any, Any>, Batch>()

  load<Key, Value>(loader: Loader<Key, Value, Any>, key: Key, ctx: PluginContext<Any>): Promise<Value | null> {
    const batch = this.#open.get(loader) ?? this.#begin(loader, ctx)
    let asked = batch.asked.get(key)
    if (!asked) batch.asked.set(key, asked = Promise.withResolvers())
    return asked.promise as Promise<Value | null>
  }

  /** It closes when all that waits for nothing has run: the resolvers of a list, also those that have awaited something that was there. */
  #begin(loader: Loader<Any, Any, Any>, ctx: PluginContext<Any>): Batch {
    const most = loader.most ?? MOST
    if (!Number.isInteger(most) || most < 1 || most > 10_000) throw new Error(`most of a loader is a whole number from 1 to 10,000, and not ${most}.`)
    const batch: Batch = { ctx, asked: new Map() }
    this.#open.set(loader, batch)
    void Promise.resolve().then(() => process.nextTick(() => {
      this.#open.delete(loader)
      const asked = [...batch.asked]
      for (let i = 0; i < asked.length; i += most) void run(loader, asked.slice(i, i + most), ctx)
    }))
    return batch
  }
}

async function run(loader: Loader<Any, Any, Any>, asked: [unknown, PromiseWithResolvers<unknown>][], ctx: PluginContext<Any>): Promise<void> {
  try {
    const found = await loader.run(asked.map(([key]) => key), ctx)
    for (const [key, { resolve }] of asked) resolve(found.get(key) ?? null)
  } catch (error) {
    for (const [, { reject }] of asked) reject(error)
  }
}
