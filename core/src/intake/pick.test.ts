import { describe, expect, it } from 'vitest'
import { pick, type Member, type Strategy, type Turn } from './pick.ts'

const member = (user: string, weight = 1): Member => ({ user, weight, cap: null })
const pool = [member('a', 5), member('b'), member('c')]

function run(strategy: Strategy, times: number, free = new Set(['a', 'b', 'c']), load = new Map<string, number>(), from: Turn = {}): string {
  let turn = from
  let names = ''
  for (let i = 0; i < times; i++) {
    const next = pick(strategy, pool, free, load, turn)
    if (!next) return `${names}-`
    names += next.user
    turn = next.turn
    load.set(next.user, (load.get(next.user) ?? 0) + 1)
  }
  return names
}

describe('the next in a pool', () => {
  it('by turns, leaving out who is not free, and going on where it stopped', () => {
    expect(run('turns', 7)).toBe('abcabca')
    expect(run('turns', 4, new Set(['a', 'c']))).toBe('acac')
    expect(run('turns', 2, undefined, undefined, { last: 'b' })).toBe('ca')
    expect(run('turns', 2, undefined, undefined, { last: 'gone' })).toBe('ab')
    expect(run('turns', 2, new Set())).toBe('-')
  })

  it('who has the least to do, and in turn among equals', () => {
    expect(run('fewest', 5, undefined, new Map([['a', 3], ['b', 1], ['c', 0]]))).toBe('cbcbc')
    expect(run('fewest', 4)).toBe('abca')
  })

  it('by weight, spread out', () => {
    expect(run('weights', 7)).toBe('aabacaa')
    expect(run('weights', 14)).toBe('aabacaaaabacaa')
    expect(run('weights', 4, new Set(['b', 'c']))).toBe('bcbc')
  })

  it('nobody, for the common queue', () => { expect(run('queue', 1)).toBe('-') })
})
