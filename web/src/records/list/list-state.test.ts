import { describe, expect, it } from 'vitest'
import { emptyGroup } from '../filter/filter-model.ts'
import { nextSort, readListState, toOrderBy, withLook, writeListState } from './list-state.ts'

describe('the state of a list in the address', () => {
  it('is empty for a list as it comes', () => {
    expect(writeListState(readListState({}))).toEqual({})
  })
  it('goes there and back', () => {
    const state = {
      search: 'oy', sort: [{ field: 'custom.tier', direction: 'DESC' as const }, { field: 'name', direction: 'ASC' as const }], shelf: 'TRASHED' as const, look: '30' as const, group: 'stage', view: 'v1',
      filter: { ...emptyGroup(), items: [{ kind: 'condition' as const, field: 'name', operator: 'contains' as const, value: 'a' }] },
    }
    expect(readListState(writeListState(state))).toEqual(state)
  })
  it('takes an unknown shelf for the usual one', () => {
    expect(readListState({ shelf: 'attic' }).shelf).toBe('ACTIVE')
    expect(readListState({ look: 'often' }).look).toBeNull()
  })
  it('looks after records within the filter', () => {
    expect(withLook(undefined, null)).toBeUndefined()
    expect(withLook(undefined, 'step')).toEqual({ withoutNextStep: true })
    expect(readListState({ look: '45' }).look).toBe('45')
    expect(['0', '-3', '1.5', '36501', 'often', ''].map(look => readListState({ look }).look)).toEqual(Array(6).fill(null))
    expect(withLook({ name: { eq: 'a' } }, '30')).toEqual({ and: [{ name: { eq: 'a' } }, { noContactDays: 30 }] })
  })
})

describe('sorting', () => {
  it('goes up, down, and back to how it was', () => {
    const up = nextSort([], 'name')
    const down = nextSort(up, 'name')
    expect([up, down, nextSort(down, 'name')]).toEqual([[{ field: 'name', direction: 'ASC' }], [{ field: 'name', direction: 'DESC' }], []])
  })
  it('names a field of an admin as the API’s enums do', () => {
    expect(toOrderBy([{ field: 'custom.tier', direction: 'ASC' }])).toEqual([{ field: 'custom_tier', direction: 'ASC' }])
  })
  it('keeps all that a view is sorted by, within its groups', () => {
    const [name, tier] = [{ field: 'name', direction: 'ASC' as const }, { field: 'custom.tier', direction: 'DESC' as const }]
    expect(toOrderBy([name, tier])).toEqual([{ field: 'name', direction: 'ASC' }, { field: 'custom_tier', direction: 'DESC' }])
    expect(toOrderBy([tier, name], 'name')).toEqual([{ field: 'name', direction: 'ASC' }, { field: 'custom_tier', direction: 'DESC' }])
    expect(toOrderBy(['a', 'b', 'c', 'd'].map(field => ({ ...name, field })), 'g')).toHaveLength(3)
    expect(nextSort([name, tier], 'custom.tier')).toEqual([{ field: 'custom.tier', direction: 'ASC' }])
  })
})
