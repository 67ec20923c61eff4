// Who writes a plugin reads the SDK in the editor: each name says there what it is, and shows how it is used.
import { describe, expect, it } from 'vitest'
import { exported, type Documented } from './docstrings.ts'

const all = exported()
const shows = new Set(all.flatMap((one) => [one, ...one.members]).filter(({ examples }) => examples.length).map(({ name }) => name))
const at = ({ name, file }: Documented): string => `${name} (${file})`

describe('the docstrings of the SDK', () => {
  it('say of each export, and of each member of one, what it is', () => {
    expect(all.length).toBeGreaterThan(150)
    expect(all.flatMap((one) => [one, ...one.members]).filter(({ says }) => !says).map(at)).toEqual([])
  })

  it('show how each function, class and constant is used, and what keeps each contract', () => {
    const kept = new Set(all.map(({ keptBy }) => keptBy))
    expect(all.filter(({ kind, name, examples }) => (kind === 'value' || kept.has(name)) && !examples.length).map(at)).toEqual([])
  })

  it('lead from each other type to what shows its use: an example of its own or of a member, or a link to what has one', () => {
    const shown = all.filter(({ examples, members, links }) => examples.length || members.some((member) => member.examples.length) || links.some((link) => shows.has(link)))
    expect(all.filter((one) => one.kind === 'type' && !shown.includes(one)).map(at)).toEqual([])
  })
})
