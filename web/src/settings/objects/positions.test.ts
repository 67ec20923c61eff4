import { describe, expect, it } from 'vitest'
import { positionsAfterMove } from './positions.ts'

const fields = (...list: [string, number | null][]) => list.map(([key, position]) => ({ key, position }))

describe('positions after a move', () => {
  it('are given to all fields the first time', () => {
    expect(positionsAfterMove(fields(['b', null], ['a', null], ['c', null]), 'b')).toEqual([{ key: 'b', position: 10 }, { key: 'a', position: 20 }, { key: 'c', position: 30 }])
  })
  it('change for the moved field alone while there is room', () => {
    expect(positionsAfterMove(fields(['a', 10], ['c', 30], ['b', 20], ['d', 40]), 'c')).toEqual([{ key: 'c', position: 15 }])
    expect(positionsAfterMove(fields(['c', 30], ['a', 10], ['b', 20]), 'c')).toEqual([{ key: 'c', position: 5 }])
    expect(positionsAfterMove(fields(['b', 20], ['c', 30], ['a', 10]), 'a')).toEqual([{ key: 'a', position: 40 }])
  })
  it('make room where there is none left', () => {
    expect(positionsAfterMove(fields(['a', 10], ['c', 30], ['b', 11]), 'c')).toEqual([{ key: 'c', position: 20 }, { key: 'b', position: 30 }])
  })
  it('take in fields that came later and have none', () => {
    expect(positionsAfterMove(fields(['a', 10], ['new', null], ['b', 20]), 'new')).toEqual([{ key: 'new', position: 15 }])
    expect(positionsAfterMove(fields(['b', 20], ['a', 10], ['new', null]), 'b')).toEqual([{ key: 'b', position: 10 }, { key: 'a', position: 20 }, { key: 'new', position: 30 }])
  })
})
