import { isDeepStrictEqual } from 'node:util'
import type { ObjectDefinition } from '@kartotek/sdk'
import { createObject, type ObjectInput } from '../model/change.ts'
import type { ObjectOverrides } from '../model/load.ts'
import { givenLists, type Given } from '../model/model.ts'
import { hiddenObjects, setObjectHidden, updateObject, type ObjectUpdate } from '../model/object-change.ts'
import { clean, type Item, type Section } from './section.ts'

/** What can be given to an object that is there, and what of it needs its fields. */
const SIMPLE = ['labels', 'labelsPlural', 'help', 'icon', 'owned', ...givenLists] as const
const BY_FIELDS = ['title', 'accessFrom', 'series'] as const
const OWN: readonly string[] = ['owned', ...givenLists]
/** What is not said of an own object is this. */
const USUAL: Item = { title: 'name' }

const isOwn = (key: string): boolean => /^x[A-Z]/.test(key)

/** Objects that the company made, and what it calls those of the core and of plugins. Hidden ones are not in the file. */
export const objects: Section = {
  name: 'objects',
  capability: 'model.manage',
  word: 'object',
  async read(workshop) {
    const { engine } = workshop.fresh()
    const rows = await engine.db.selectFrom('core.object').select(['name', 'plural', 'kind', 'definition', 'overrides']).where('hidden_at', 'is', null).orderBy('name').execute()
    return new Map(rows.flatMap(({ name, plural, kind, definition, overrides }): [string, Item][] => {
      const { base: _base, ...own } = overrides as ObjectOverrides
      const item = itemOf(kind === 'custom' ? { ...definition as ObjectDefinition & Given, ...own } : own)
      if (kind !== 'custom') return Object.keys(item).length ? [[String(name), item]] : []
      return [[String(name), { plural, ...item, owned: item.owned ?? true, staged: item.staged ?? false }]]
    }))
  },
  // Of an object of the core or a plugin the file tells only what it sets.
  wanted: (key, from, to) => (isOwn(key) ? to : { ...from, ...to }),
  refuses(key, from, to) {
    if (!isOwn(key)) return Object.keys(to).some((name) => ![...SIMPLE, 'series'].includes(name as never) || OWN.includes(name)) ? 'of an object that is not your own only labels, help, icon and series are set' : null
    if (!isOwn(String(to.plural))) return 'names of own objects begin with x and a capital letter: xVehicle, xVehicles'
    return from && (from.plural !== to.plural || (from.staged ?? false) !== (to.staged ?? false) || from.partOf !== to.partOf) ? 'API names and stages of an own object, and whose rows its records are, stay as they are' : null
  },
  async apply(workshop, key, from, to) {
    const { engine, caller } = workshop.fresh()
    const short = (name: string): string => name[1]!.toLowerCase() + name.slice(2)
    if (!from && isOwn(key)) {
      if (!(await hiddenObjects(engine.db)).some(({ name }) => name === key)) {
        await createObject(engine, caller, { ...to, name: short(key), plural: short(String(to.plural)) } as ObjectInput)
        return
      }
      await setObjectHidden(engine, caller, key, false)
    }
    await change(workshop, key, from, to, SIMPLE)
  },
  conclude: (workshop, key, from, to) => change(workshop, key, from ?? USUAL, to, BY_FIELDS),
}

async function change(workshop: Parameters<Section['read']>[0], key: string, from: Item | null, to: Item, names: readonly string[]): Promise<void> {
  const wished = isOwn(key) ? { ...USUAL, ...to } : { ...from, ...to }
  const changes = Object.fromEntries(names.filter((name) => !isDeepStrictEqual(from?.[name], wished[name])).map((name) => [name, wished[name] ?? (name === 'accessFrom' ? [] : null)]))
  const { engine, caller } = workshop.fresh()
  if (Object.keys(changes).length > 0) await updateObject(engine, caller, key, changes as ObjectUpdate)
}

function itemOf({ label: labels, labelPlural: labelsPlural, help, icon, owned, staged, partOf, title, accessFrom, series, contactPoints, addresses }: Partial<ObjectDefinition> & Given): Item {
  return clean({
    labels, labelsPlural, help, icon, owned, staged, ...(partOf ? { partOf: [partOf].flat()[0]!.object } : {}), ...(contactPoints ? { contactPoints } : {}), ...(addresses ? { addresses } : {}), ...(title === USUAL.title ? {} : { title }), ...(accessFrom?.length ? { accessFrom } : {}),
    ...(series ? { series: { field: series.field, prefix: series.prefix ?? '', digits: series.digits ?? 1 } } : {}),
  })
}
