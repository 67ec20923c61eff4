/**
 * A small seeded generator of pseudo-random numbers (sfc32): the same seed gives the same numbers on every machine. Each
 * thing that is generated gets its own stream by name, so that adding one thing does not change all others.
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #d = 1

  constructor(...seed: (string | number)[]) {
    const text = seed.join('\u0001')
    this.#a = hash(text, 0x9e3779b9)
    this.#b = hash(text, 0x243f6a88)
    this.#c = hash(text, 0xb7e15162)
    for (let i = 0; i < 12; i++) this.#next()
  }

  #next(): number {
    const t = (this.#a + this.#b + this.#d) | 0
    this.#d = (this.#d + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t | 0
    return t >>> 0
  }

  /** 0 ≤ x < 1 */
  float(): number { return this.#next() / 4294967296 }

  /** A whole number, both ends included. */
  int(min: number, max: number): number { return min + Math.floor(this.float() * (max - min + 1)) }

  between(min: number, max: number): number { return min + this.float() * (max - min) }

  chance(probability: number): boolean { return this.float() < probability }

  pick<T>(list: readonly T[]): T { return list[Math.floor(this.float() * list.length)]! }

  /** One item, with the probability of its weight. */
  weighted<T>(list: readonly T[], weight: (item: T) => number): T {
    let left = this.float() * list.reduce((sum, item) => sum + weight(item), 0)
    for (const item of list) {
      left -= weight(item)
      if (left < 0) return item
    }
    return list.at(-1)!
  }

  digits(count: number): string {
    let text = ''
    for (let i = 0; i < count; i++) text += this.int(0, 9)
    return text
  }

  /** Up to `count` different items, in the order of the list. */
  some<T>(list: readonly T[], count: number): T[] {
    let need = Math.min(count, list.length)
    return list.filter((_, i) => {
      const take = this.float() < need / (list.length - i)
      if (take) need--
      return take
    })
  }
}

/** FNV-1a with a final mix. */
function hash(text: string, start: number): number {
  let h = 2166136261 ^ start
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 16777619)
  h = Math.imul(h ^ (h >>> 16), 2246822507)
  h = Math.imul(h ^ (h >>> 13), 3266489909)
  return (h ^ (h >>> 16)) | 0
}
