import { expect, it } from 'vitest'
import { differences } from './configuration-differences.ts'

const stage = (id: string, gate: object | null) => ({ id, name: id, gate })
const fields = (before: object[], after: object[]) => differences('pipeline', { stages: before }, { stages: after }).map(({ path, before: was, after: is }) => [path.join('.'), was, is])

it('tells what became different, and not that nothing is nothing', () => {
  const gate = (requiredFields: string[]) => ({ requiredFields, condition: null })
  expect(fields([stage('new', null), stage('won', null)], [stage('new', gate([])), stage('won', gate(['dueOn']))])).toEqual([['stages.won.gate.requiredFields', null, ['dueOn']]])
  expect(fields([stage('won', gate(['dueOn']))], [stage('won', gate([]))])).toEqual([['stages.won.gate.requiredFields', ['dueOn'], []]])
})
