import { describe, expect, it } from 'vitest'
import { acceptanceOf, mayInsist, startOf } from './acceptance.ts'
import type { Item, Proposal } from './documents.ts'

const item = { id: 'i', version: 1, company: 'Lumi Oy', person: 'Aino Virta', text: 'Two doors\nsoon', source: 'Site', points: [{ kind: 'phone', value: '040 1', key: '+358401' }, { kind: 'email', value: 'nope', key: null }], can: null } as Item
const proposal = (more: Partial<Proposal> = {}): Proposal => ({
  candidates: [], elsewhere: [], client: null, clientValues: { name: 'Lumi Oy', kind: 'organisation', contactPoints: [{ kind: 'phone', value: '040 1' }] }, contact: null, contactValues: { name: 'Aino Virta', firstName: 'Aino', lastName: 'Virta' },
  order: null, orderValues: { subject: 'Two doors', comment: 'Two doors\nsoon', source: 'Site' }, ...more,
})

describe('accepting', () => {
  it('begins with what is proposed, and has the numbers added', () => {
    const input = acceptanceOf(startOf(item, proposal()), item, proposal())
    expect(input).toEqual({
      addPoints: true,
      clientValues: { name: 'Lumi Oy', kind: 'organisation' }, contactValues: { name: 'Aino Virta', firstName: 'Aino', lastName: 'Virta' },
      orderValues: { subject: 'Two doors', comment: 'Two doors\nsoon', source: 'Site' },
    })
  })

  it('leaves them out where one says so, and drops parts of a name that was changed', () => {
    const form = startOf(item, proposal())
    form.addPoints = false
    expect(acceptanceOf(form, item, proposal())).toMatchObject({ addPoints: false, clientValues: { name: 'Lumi Oy' } })
    form.contact = { mode: 'new', record: null, name: 'Eeva' }
    expect(acceptanceOf(form, item, proposal())!.contactValues).toEqual({ name: 'Eeva' })
  })

  it('links what is known, and waits for what is missing', () => {
    const known = proposal({ client: 'c', clientValues: null, contact: null, contactValues: null, order: 'o', orderValues: null, candidates: [{ client: { id: 'c', title: 'Lumi' }, contact: null, order: { id: 'o', title: '7' }, strong: true, reasons: [] }] })
    const form = startOf(item, known)
    expect(form.client).toEqual({ mode: 'existing', record: { id: 'c', title: 'Lumi' }, name: 'Lumi Oy' })
    expect(acceptanceOf(form, item, known)).toEqual({ addPoints: true, client: 'c', order: 'o' })
    form.order = { mode: 'new', record: null, name: ' ' }
    expect(acceptanceOf(form, item, known)).toBeNull()
    for (const name of ['client', 'contact', 'order'] as const) form[name].mode = 'none'
    expect(acceptanceOf(form, item, known)).toBeNull()
  })

  it('of a client whom one sees may be repeated by right only, of a hidden one always', () => {
    const client = { id: 'c', title: 'Lumi' }
    const seen = proposal({ candidates: [{ client, contact: null, order: null, strong: true, reasons: [] }] })
    expect([mayInsist(seen, false), mayInsist(seen, true)]).toEqual([false, true])
    expect(mayInsist(proposal({ elsewhere: ['Anna'], candidates: [{ client, contact: null, order: null, strong: false, reasons: [] }] }), false)).toBe(true)
  })
})
