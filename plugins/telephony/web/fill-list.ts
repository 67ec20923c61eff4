import { mutate } from '@kartotek/sdk/web'

/** Which clients come into a list: arguments of the mutation. */
export type Whom = { segment: string } | { clients: readonly string[] } | { filter: Readonly<Record<string, unknown>>, search?: string }
/** How many came in, how many have no number or must not be called, and how many were there before. */
export interface Filled { added: number, left: number, repeated: number }

interface Step { added: number, numberless: number, refused: number, repeated: number, more: boolean, after: string | null }

const FILL = 'mutation FillList($list: ID!, $segment: ID, $clients: [ID!], $filter: ClientFilter, $search: String, $after: String) { telephonyFillList(list: $list, segment: $segment, clients: $clients, filter: $filter, search: $search, after: $after) { added numberless refused repeated more after } }'
const AT_ONCE = 500

export async function makeList(name: string, script: string | null = null): Promise<string> {
  return (await mutate<{ createCallList: { id: string } }>('mutation MakeCallList($input: CallListCreateInput!) { createCallList(input: $input) { id name } }', { input: { name, script } })).data.createCallList.id
}

/** Puts them into the list, some at a time. */
export async function fillList(list: string, whom: Whom): Promise<Filled> {
  const sum = { added: 0, left: 0, repeated: 0 }
  for (const part of partsOf(whom)) {
    for (let after: string | null = null, more = true; more;) {
      const { data: { telephonyFillList: step } }: { data: { telephonyFillList: Step } } = await mutate(FILL, { list, ...part, after })
      sum.added += step.added
      sum.left += step.numberless + step.refused
      sum.repeated += step.repeated
      ;({ after, more } = step)
    }
  }
  return sum
}

function partsOf(whom: Whom): Whom[] {
  if (!('clients' in whom)) return [whom]
  return Array.from({ length: Math.ceil(whom.clients.length / AT_ONCE) }, (_, i) => ({ clients: whom.clients.slice(i * AT_ONCE, (i + 1) * AT_ONCE) }))
}
