import { getNamedType, isEnumType, parse, validate, type GraphQLObjectType, type GraphQLSchema } from 'graphql'
import { describe, expect, it } from 'vitest'
import { CompiledQueries } from '../../src/graphql/compiled-queries.ts'
import { testLog } from '../../src/testing/index.ts'
import { asking, bare, differences } from './asking.ts'
import { collectCanaries, leaks, modelCanaries, scramble, tokensIn, type Canaries } from './canaries.ts'
import { attacks, checksums } from './attacks.ts'
import { byTurns } from './documents.ts'
import { namesOf } from './operations.ts'
import { guesses, reads } from './reads.ts'
import type { Person, World } from './world.ts'

/** Who asks of all of them: one for each way of rights; of others where the engine is not what is walked over. */
const THOROUGH = { engine: ['administrator', 'manager', 'restricted'], part: ['administrator'] }
/** Of the documents of who has many, one in so many is compiled. */
const COMPILED_EACH = 16

/**
 * The walk over the part of the schema that the world is made for: every operation by everybody, before and after what he may not see
 * was changed behind his back.
 * @param depth how many relations conditions go over
 * @param engine also what the engine does alike for all objects: each operator, foreign cursors, compiled documents; once is enough
 */
export function walkOver(world: World, { depth, engine }: { depth: number, engine: boolean }): void {
  const { crm } = world
  const { schemaOf, answer } = asking(world)
  const full = schemaOf(world.person('administrator'))

  let canaries: Canaries = new Map()
  const lookAtTables = async (): Promise<void> => {
    canaries = await collectCanaries(world)
    modelCanaries(world, canaries)
  }

  it('knows every query, mutation and subscription of the schema, and no other', () => {
    const names = (type?: GraphQLObjectType | null): string[] => Object.keys(type?.getFields() ?? {}).sort()
    expect({ queries: names(full.getQueryType()), mutations: names(full.getMutationType()), subscriptions: names(full.getSubscriptionType()) }).toEqual(namesOf(world.known))
  })

  /** Another turn for each person; every operator for one person of each visibility. */
  const swept = new Set<string>()
  const sweeps = new Map(world.people.map((person, turn) => {
    const { visibility } = crm.kartotek.api.contextOf(person.caller).access
    const every = engine && !swept.has(visibility)
    swept.add(visibility)
    return [person, { turn, every, depth, thorough: THOROUGH[engine ? 'engine' : 'part'].includes(person.name) }]
  }))

  const compiledFor = new Map<string, CompiledQueries>()
  /** The answers of the quick way, which takes a document when it comes the third time. */
  async function compiledAnswer(person: Person, source: string): Promise<string | null> {
    const { reading, access } = crm.kartotek.api.contextOf(person.caller)
    const { visibility } = access
    const compiled = compiledFor.get(visibility) ?? compiledFor.set(visibility, new CompiledQueries(schemaOf(person), reading.generation.model)).get(visibility)!
    for (let i = 0; ; i++) {
      const text = await compiled.answer({ query: source }, crm.kartotek.api.contextOf(person.caller), testLog)
      if (text !== null || i === 2) return text
    }
  }

  async function walk(person: Person, queue: readonly string[], schema = schemaOf(person)): Promise<Map<string, string>> {
    const answers = new Map<string, string>()
    const left = [...queue]
    const work = async (): Promise<void> => {
      for (let source = left.pop(); source; source = left.pop()) answers.set(source, await answer(person, source, schema, false))
    }
    await Promise.all([work(), work(), work()])
    return answers
  }

  /** Names that the full schema has and this person's has not, with an invented twin: both must be answered alike. */
  function hiddenPlaces(schema: GraphQLSchema): [hidden: string, invented: string][] {
    const query = schema.getQueryType()!.getFields()
    const pairs: [string, string][] = []
    const twin = (template: (name: string) => string, name: string): void => { pairs.push([template(name), template(`${name}Zz`)]) }
    for (const name of Object.keys(full.getQueryType()!.getFields())) if (!query[name]) twin((n) => `{ ${n} { id } }`, name)
    for (const [name, { plural }] of Object.entries(world.walked.objects)) {
      const all = getNamedType(full.getQueryType()!.getFields()[name]!.type) as GraphQLObjectType
      const visible = query[name] && (getNamedType(query[name].type) as GraphQLObjectType)
      if (!visible) continue
      for (const field of Object.keys(all.getFields()).filter((f) => !visible.getFields()[f])) {
        twin((n) => `{ ${plural} { nodes { ${n} } } }`, field)
        twin((n) => `{ ${plural}(filter: { ${n}: { isNull: true } }) { nodes { id } } }`, field)
        twin((n) => `{ ${plural}(orderBy: [{ field: ${n} }]) { nodes { id } } }`, field)
        twin((n) => `{ ${name}Aggregate(groupBy: [{ field: ${n} }], measures: [{ function: COUNT }]) { values { value } } }`, field)
        twin((n) => `{ ${name}Aggregate(measures: [{ function: MAX, field: ${n} }]) { values { value } } }`, field)
        if (schema.getType(`${visible.name}UpdateInput`)) twin((n) => `mutation { update${visible.name}(id: "x", input: { ${n}: null }) { id } }`, field)
      }
    }
    return pairs
  }
  describe.each(world.people.map((p) => [p.name, p] as const))('%s', (_name, person) => {
    let queue: string[] = []
    let before = new Map<string, string>()

    it('is told nothing that he may not see', async () => {
      await lookAtTables()
      queue = reads(world, person, schemaOf(person), canaries, sweeps.get(person)!)
      before = await walk(person, queue)
      expect([...before].filter(([, text]) => text.includes('"INTERNAL"')).slice(0, 3)).toEqual([])
      expect([...before].flatMap(([source, text]) => leaks(person, canaries, text, source).map((leak) => ({ leak, source: source.slice(0, 300) }))).slice(0, 20)).toEqual([])
      if (person.name === 'administrator') {
        const seen = new Set([...before.values()].flatMap((text) => [...tokensIn(text)]))
        expect([...canaries].filter(([c, holders]) => !seen.has(c) && holders.some((h) => h.object in world.walked.objects)).slice(0, 5), 'the walk reaches every canary').toEqual([])
      }
    }, 300_000)

    it('is told the same when what he may not see changes', async () => {
      const scrambled = await scramble(world, person)
      const stranger = !person.sees({ object: 'client', id: '', key: '', groups: ['X'] })
      if (stranger) await world.plantStranger(`_${person.name}`)
      if (!scrambled && !stranger) return
      const { turn } = sweeps.get(person)!
      const again = queue.filter((_, i) => i % 2 === turn % 2)
      const after = await walk(person, again)
      expect(after.size).toBe(new Set(again).size)
      expect(after.size).toBeGreaterThan(0)
      expect([...after].flatMap(([source, text]) => differences(source, before.get(source)!, text)).slice(0, 5)).toEqual([])
      before.clear()
    }, 300_000)

    it.runIf(engine)('is answered by compiled documents as by those that are interpreted', async () => {
      const { turn } = sweeps.get(person)!
      let compiled = 0
      const queue = reads(world, person, schemaOf(person), canaries, { ...sweeps.get(person)!, every: false }).filter((_, i) => !guesses(world, person) || i % COMPILED_EACH === turn % COMPILED_EACH)
      for (const source of queue) {
        const text = await compiledAnswer(person, source)
        if (text === null) continue
        compiled++
        expect(differences(source, await answer(person, source, schemaOf(person), false), text)).toEqual([])
      }
      expect(compiled > 2 || !schemaOf(person).getType(world.main), `${compiled} documents were compiled`).toBe(true)
    }, 180_000)

    it.runIf(engine)('turns pages by cursors of others as by his own, and sees no more by them', async () => {
      const admin = world.person('administrator')
      const schema = schemaOf(person)
      const all = async (who: Person, field: string): Promise<Record<string, { edges: { cursor: string, node: { id: string } }[] }>> => (JSON.parse(await answer(who, `{ ${field} }`)) as { data: never }).data
      for (const [name, { plural }] of Object.entries(world.walked.objects)) {
        const order = schema.getType(`${name[0]!.toUpperCase()}${name.slice(1)}OrderField`)
        if (!guesses(world, person) || !isEnumType(order)) continue
        for (const field of byTurns(order.getValues().map((v) => v.name), sweeps.get(person)!.turn, 8)) {
          const list = (more: string): string => `${plural}(archived: ALL, orderBy: [{ field: ${field} }], ${more}) { edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`
          const own = (await all(person, list('first: 200')))[plural]!.edges.map((e) => e.node.id)
          const foreign = (await all(admin, list('first: 200')))[plural]!.edges.filter((e) => !own.includes(e.node.id))
          for (const { cursor } of [foreign[0], foreign.at(-1)].filter((e) => e !== undefined)) {
            const text = await answer(person, `{ after: ${list(`first: 200, after: "${cursor}"`)} before: ${list(`last: 200, before: "${cursor}"`)} }`)
            const { before, after } = (JSON.parse(text) as { data: Record<string, { edges: { node: { id: string } }[] }> }).data
            expect([field, leaks(person, canaries, text)]).toEqual([field, []])
            expect([field, [...before!.edges, ...after!.edges].map((e) => e.node.id)]).toEqual([field, own])
          }
        }
      }
    }, 180_000)

    it('is answered about hidden fields and objects as about those that do not exist', async () => {
      for (const [hidden, invented] of hiddenPlaces(schemaOf(person))) expect(bare(await answer(person, hidden))).toBe(bare(await answer(person, invented)))
      const introspection = await answer(person, '{ __schema { types { name description fields { name description args { name } } inputFields { name description } enumValues { name description } } } }')
      expect(leaks(person, canaries, introspection)).toEqual([])
      for (const path of person.denied) if (path.startsWith('client.custom.')) expect(introspection).not.toContain(`"${path.split('.')[2]}"`)
    })

    it('changes nothing without the right, by the own schema or past it', async () => {
      const before = await checksums(world)
      for (const { source, kind } of attacks(world, person, full)) {
        expect(validate(full, parse(source)).map((e) => e.message), source).toEqual([])
        // With the whole schema the resolvers stand alone: a cut schema is not the only lock.
        for (const text of [await answer(person, source), await answer(person, source, full, false)]) {
          const { data, errors } = JSON.parse(text) as { data?: Record<string, { succeeded?: number, reverted?: number } | null>, errors?: { extensions: { code: string } }[] }
          const value = Object.values(data ?? {})[0]
          expect({ source, allowed: errors ? 0 : kind === 'bulk' ? value?.succeeded : kind === 'revert' ? value?.reverted : 'answered' }).toEqual({ source, allowed: 0 })
          expect(errors?.filter((e) => e.extensions.code === 'INTERNAL') ?? [], source).toEqual([])
          expect(leaks(person, canaries, text, source), source).toEqual([])
        }
      }
      expect(await checksums(world)).toEqual(before)
    }, 180_000)
  })
}
