import { isDeepStrictEqual } from 'node:util'
import type { ObjectDefinition } from '@kartotek/sdk'
import { createObject, type ObjectInput } from '../model/change.ts'
import { clean, type Section } from './section.ts'

/** Objects that the company made. Those of the core and of plugins are there by themselves. */
export const objects: Section = {
  name: 'objects',
  capability: 'model.manage',
  word: 'object',
  async read(workshop) {
    const { engine } = workshop.fresh()
    const rows = await engine.db.selectFrom('core.object').select(['name', 'plural', 'definition', 'overrides']).where('kind', '=', 'custom').where('hidden_at', 'is', null).orderBy('name').execute()
    return new Map(rows.map(({ name, plural, definition, overrides }) => {
      const { label: labels, labelPlural: labelsPlural, help, icon, owned, staged } = { ...definition as ObjectDefinition, ...overrides as Partial<ObjectDefinition> }
      return [String(name), clean({ plural, labels, labelsPlural, help, icon, owned: owned ?? true, staged: staged ?? false })]
    }))
  },
  refuses(key, from, to) {
    if (!/^x[A-Z]/.test(key) || !/^x[A-Z]/.test(String(to.plural))) return 'names of own objects begin with x and a capital letter: xVehicle, xVehicles'
    return from && !isDeepStrictEqual(from, to) ? 'an own object cannot be changed once it is made' : null
  },
  async apply(workshop, key, _from, to) {
    const { engine, caller } = workshop.fresh()
    const short = (name: string): string => name[1]!.toLowerCase() + name.slice(2)
    await createObject(engine, caller, { ...to, name: short(key), plural: short(String(to.plural)) } as ObjectInput)
  },
}
