import { describe, expect, it } from 'vitest'
import { field } from '../../testing/model.ts'
import { formOfStage, newStage, stageInput } from './stage-form.ts'

const fields = [field('total', 'money'), field('dueOn', 'date')]
const gate = { requiredFields: ['dueOn'], allowedNext: [], condition: { total: { gt: '0' } }, conditionHint: { en: 'Nothing was ordered.' }, mayPass: [] }
const stage = { id: 's1', key: 'offer', labels: { en: 'Offer' }, kind: 'OPEN' as const, color: 'violet', probability: 40, normHours: 48, gate }

describe('the form of a stage', () => {
  it('saves what it read', () => {
    expect(stageInput(formOfStage(stage, fields), fields)).toEqual({ id: 's1', key: 'offer', labels: { en: 'Offer' }, kind: 'OPEN', color: 'violet', probability: 40, normHours: 48, gate })
  })
  it('keeps a condition that it cannot show', () => {
    const strange = { ...stage, gate: { ...gate, condition: { not: { total: { eq: '0' } } } } }
    expect(stageInput(formOfStage(strange, fields), fields).gate).toMatchObject({ condition: strange.gate.condition })
  })
  it('keeps a formula beside the condition, and without one', () => {
    for (const condition of [{ ...gate.condition, formula: 'amount(total) > 1' }, { formula: 'amount(total) > 1' }]) expect(stageInput(formOfStage({ ...stage, gate: { ...gate, condition } }, fields), fields).gate).toMatchObject({ condition })
    expect(stageInput({ ...formOfStage(stage, fields), formula: ' ' }, fields).gate).toMatchObject({ condition: gate.condition })
  })
  it('makes the key of a new stage from its name', () => {
    expect(stageInput({ ...newStage(), labels: { ru: 'На проверке' } }, fields).key).toBe('na_proverke')
  })
})
