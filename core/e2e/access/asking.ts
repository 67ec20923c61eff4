import { execute, parse, validate, type ExecutionResult, type GraphQLSchema } from 'graphql'
import { formatError } from '../../src/graphql/errors.ts'
import { testLog } from '../../src/testing/index.ts'
import type { Person, World } from './world.ts'

/** Operations as the people of the walk, without a server between. */
export interface Asking {
  schemaOf(person: Person): GraphQLSchema
  /** The answer as it would leave the server. Unchecked, a document is executed although this schema does not fit it. */
  answer(person: Person, source: string, schema?: GraphQLSchema, checked?: boolean): Promise<string>
}

export function asking({ crm: { kartotek: { api } } }: World): Asking {
  const schemaOf = (person: Person): GraphQLSchema => {
    const { reading, access } = api.contextOf(person.caller)
    return api.schema(reading.generation, access)
  }
  return {
    schemaOf,
    async answer(person, source, schema = schemaOf(person), checked = true) {
      const told = (errors: readonly Error[]): unknown[] => errors.map((e) => formatError('toJSON' in e ? (e.toJSON as () => { message: string })() : { message: e.message }, e, testLog))
      const document = parse(source)
      const problems = checked ? validate(schema, document) : []
      if (problems.length) return JSON.stringify({ errors: told(problems) })
      const context = api.contextOf(person.caller)
      const result = await execute({ schema, document, contextValue: context }) as ExecutionResult
      return JSON.stringify({ data: result.data, errors: result.errors && told(result.errors), changeSets: context.changeSets })
    },
  }
}

interface Answered { data?: Record<string, unknown> | null, errors?: object[] }
/** What of a document was answered in another way, field by field. */
export function differences(source: string, before: string, after: string): { asked: string, before: string, after: string }[] {
  if (before === after) return []
  const one = JSON.parse(before) as Answered
  const two = JSON.parse(after) as Answered
  const different = (of: (answered: Answered) => unknown): { before: string, after: string }[] => {
    const [b, a] = [JSON.stringify(of(one)) ?? '', JSON.stringify(of(two)) ?? '']
    const at = Math.max(0, [...b].findIndex((c, i) => c !== a[i]) - 200)
    return b === a ? [] : [{ before: b.slice(at, at + 500), after: a.slice(at, at + 500) }]
  }
  return [
    ...different((x) => x.errors).map((d) => ({ asked: source.slice(0, 600), ...d })),
    ...Object.keys({ ...one.data, ...two.data }).flatMap((key) => different((x) => x.data?.[key]).map((d) => ({ asked: source.split('\n').find((line) => line.includes(`${key}: `))?.slice(0, 400) ?? source.slice(0, 400), ...d }))),
  ]
}

/** An answer without the places of mistakes and the mark of invented names. */
export const bare = (text: string): string => text.replace(/ Did you mean [^?]*\?/g, '').replaceAll('Zz', '').replace(/"(line|column)":\d+/g, '')
