const MINUTE = 60_000
/** Keys of one minute. Whoever has more addresses than these is stopped by nothing that counts addresses. */
const MOST_KEYS = 100_000

/** Counts by the minute, in the memory of this process: cheap enough to stand before everything else. */
export class Pace {
  readonly #clock: () => number
  #began = 0
  #counts = new Map<string, number>()

  constructor(clock: () => number = Date.now) { this.#clock = clock }

  /** Counts one more. @returns 0, or the seconds to wait where that is more than `most` in this minute */
  take(key: string, most: number): number {
    const now = this.#clock()
    if (now - this.#began >= MINUTE || this.#counts.size >= MOST_KEYS) {
      this.#began = now
      this.#counts.clear()
    }
    const count = (this.#counts.get(key) ?? 0) + 1
    this.#counts.set(key, count)
    return count > most ? Math.max(1, Math.ceil((this.#began + MINUTE - now) / 1000)) : 0
  }
}
