import { expect } from 'vitest'
import { createToken } from '../../src/accounts/tokens.ts'
import { eventually } from '../../src/testing/child.ts'
import type { TestAnswer, TestNode } from '../../src/testing/node.ts'
import { collectCanaries, leaks, modelCanaries, type Canaries } from './canaries.ts'
import type { Person, World } from './world.ts'

export interface Run { id: string, state: string, created: number, updated: number, skipped: number, failed: number, changeSet: string | null, errorFile: string | null, error: string | null, problems: { row: number, raw: string, reasons: { column: string | null, rule: string, message: string }[] }[] }

export const START = 'mutation($upload: ID!, $mapping: JSON!) { startImport(upload: $upload, mapping: $mapping) { id } }'
export const RUN = `query($id: ID!) { import(id: $id) { id name fileName object state dryRun read created updated skipped failed progress error changeSet errorFile problems(first: 500) { row raw reasons { column rule message } } } }`

/** What became of the rows, with the given texts replaced: pairs of rows must be alike. */
export const outcomes = (run: Run, count: number, texts: string[]): string[] => Array.from({ length: count }, (_, i) => {
  const problem = run.problems.find((p) => p.row === i + 2)
  return texts.reduce((text, t) => text.replaceAll(t, 'VALUE'), JSON.stringify(problem?.reasons ?? 'loaded'))
})

export async function canariesNow(world: World): Promise<Canaries> {
  const canaries = await collectCanaries(world)
  modelCanaries(world, canaries)
  return canaries
}

/** Files loaded by the people of a world, by HTTP and to their end. */
export function importing({ crm }: World, node: TestNode) {
  const keys = new Map<Person, Record<string, string>>()
  async function headersOf(person: Person): Promise<Record<string, string>> {
    const known = keys.get(person)
    if (known) return known
    const secret = person.secret ?? (await createToken(crm.kartotek.db.pool, { userId: person.caller.actor.userId!, name: 'import', days: 1 }, 'en')).secret
    return keys.set(person, { authorization: `Bearer ${secret}` }).get(person)!
  }
  const ask = async (person: Person, query: string, variables?: object): Promise<TestAnswer> => node.ask(await headersOf(person), query, variables)

  async function upload(person: Person, content: string): Promise<string> {
    const form = new FormData()
    form.set('file', new Blob([content]), 'people.csv')
    const response = await fetch(`${node.url}/uploads/`, { method: 'POST', headers: await headersOf(person), body: form })
    expect(response.status).toBe(201)
    return ((await response.json()) as { id: string }).id
  }
  async function load(person: Person, rows: string[][], mapping: object): Promise<{ run: Run, text: string }> {
    const started = await ask(person, START, { upload: await upload(person, rows.map((r) => r.map((c) => `"${c}"`).join(',')).join('\n')), mapping })
    expect(started.errors).toBeUndefined()
    return eventually(async () => {
      const { data, text } = await ask(person, RUN, { id: started.data.startImport.id })
      return data.import && ['DONE', 'FAILED'].includes(data.import.state) ? { run: data.import as Run, text } : undefined
    }, 60)
  }

  return {
    headersOf, ask, upload, load,
    /** A seller who may import: sees and makes his own records only. */
    async importer(administrator: Person, denied: ReadonlySet<string>): Promise<Person> {
      const { live } = crm.kartotek.engine
      const rules = { ...live.current.roles.find((r) => r.key === 'manager')!.rules, capabilities: ['import.run'] }
      await ask(administrator, 'mutation($input: RoleInput!) { createRole(input: $input) { id } }', { input: { key: 'importer', labels: { en: 'Importer' }, rules } })
      await live.refresh()
      return { name: 'importer', caller: await crm.as('importer'), sees: (r) => r.groups.includes('*') || r.key.startsWith('imported_'), denied }
    },
    /** Describes a file by closed fields and by invented ones: both must be refused alike. `referring`: a reference to each object, to find its records by a field. */
    async describedByNoClosedField(person: Person, paths: Iterable<string>, referring: Record<string, [object: string, field: string]>, canaries: Canaries): Promise<void> {
      const file = await upload(person, 'a,b\n1,2\n')
      const start = async (mapping: object): Promise<string> => {
        const { errors, data, text } = await ask(person, START, { upload: file, mapping })
        expect([mapping, data?.startImport]).toEqual([mapping, undefined])
        expect(leaks(person, canaries, text)).toEqual([])
        return JSON.stringify(errors).replaceAll('Zz', '').replaceAll('"Client', '"').replace(/"locations":\[[^\]]*\],/g, '')
      }
      for (const path of paths) {
        const [object, ...rest] = path.split('.')
        const field = rest.join('.')
        const by = referring[object!]
        for (const template of [
          (f: string) => ({ object, fields: { [f]: 'a' } }), (f: string) => ({ object, key: { columns: ['a'], field: f }, fields: {} }),
          ...(by ? [(f: string) => ({ object: by[0], fields: { [by[1]]: { column: 'a', by: f } } })] : []),
        ]) {
          const [closed, invented] = [await start(template(field)), await start(template(`${field}Zz`))]
          expect([path, closed]).toEqual([path, invented])
        }
      }
    },
  }
}
