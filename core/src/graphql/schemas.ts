import type { Access } from '../access/access.ts'
import type { Generation } from '../model/generation.ts'

const KEPT = 60

/** One value for each shape of the model and set of visible fields; the least recently used go first. */
export class SchemaCache<T> {
  readonly #make: (generation: Generation, access: Access) => T
  readonly #entries = new Map<string, T>()

  constructor(make: (generation: Generation, access: Access) => T) { this.#make = make }

  get(generation: Generation, access: Access): T {
    const key = `${generation.shape}|${access.visibility}`
    let value = this.#entries.get(key)
    if (value === undefined) {
      value = this.#make(generation, access)
      // A failed build must not stay.
      if (value instanceof Promise) value.catch(() => this.#entries.delete(key))
      if (this.#entries.size >= KEPT) this.#entries.delete(this.#entries.keys().next().value!)
    }
    this.#entries.delete(key)
    this.#entries.set(key, value)
    return value
  }
}
