import type { Filter } from '@kartotek/sdk'
import { sql, type Kysely } from 'kysely'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
export type Db = Kysely<any>

/** When a rule looks at a record. Times of day are in the company's time zone. */
export type Trigger =
  | { on: 'created' }
  /** `fields`: only when one of these changed. Default: any. */
  | { on: 'changed', fields?: string[] }
  /** Ids of the stages. Default: any. A record that is made in a stage enters it. */
  | { on: 'stageEntered', stages?: string[] }
  /** Longer in its stage than `hours`; without them, than the norm of the stage. */
  | { on: 'stuck', hours?: number }
  /** `days` after the date in `field` (before it, if negative), from `time` on; `working`: these are working days of the company; `yearly`: each year on that day. */
  | { on: 'date', field: string, days: number, time: string, working?: boolean, yearly?: boolean }
  /** For every record that meets the condition: daily, weekly (1 = Monday) or monthly (31 = the last day where there is none). */
  | { on: 'schedule', every: 'day' | 'week' | 'month', day?: number, time: string }
  /** An event of a feature or plugin about a record of the object: `task.reminder`. */
  | { on: 'event', name: string }

/** A value to set: as it is, or worked out from the record. */
export type Value = { value: unknown } | { expression: string }

/** Texts may have expressions in braces: `Call {client.name}`. */
export type Action =
  | { do: 'createTask', title: string, text?: string, kind?: 'task' | 'call' | 'meeting', priority?: 'low' | 'normal' | 'high', assignee: Person, due?: { minutes: number } | { days: number, time?: string } }
  | { do: 'set', field: string } & Value
  /** To one person, or to several in turn. */
  | { do: 'assign', to: string[] }
  | { do: 'move', stage: string }
  | { do: 'note', text: string }
  | { do: 'notify', to: Person[], text: string }
  /** What a plugin offers to do (`automationActions`). */
  | { do: 'plugin', action: string, input?: Record<string, unknown> }
  /** Tells an address outside of the record. */
  | { do: 'webhook', webhook: string }

/** `owner` of the record, `leader` of his team, `subjectOwner` of the record that an entry or task is about, or the id of a user. */
export type Person = string

export interface Rule {
  id: string
  name: string
  object: string
  active: boolean
  trigger: Trigger
  condition: Filter | null
  actions: Action[]
  version: number
  activeSince: Date
  /** Why the clock could not look for its records, the last time; null: it could. */
  problem: string | null
}

const COLUMNS = sql`id, name, object, active, trigger, condition, actions, version, active_since as "activeSince", problem`

/** Rules that are not in the trash, by name. */
export async function loadRules(db: Db, only: { active?: true, id?: string } = {}): Promise<Rule[]> {
  const { rows } = await sql<Rule>`select ${COLUMNS} from core.automation_rule where trashed_at is null
    ${only.active ? sql`and active` : sql``} ${only.id ? sql`and id = ${only.id}` : sql``} order by name, id`.execute(db)
  return rows
}

/** Names of the events that a rule waits for; none where the clock wakes it. */
export function eventsOf({ object, trigger }: Pick<Rule, 'object' | 'trigger'>): string[] {
  switch (trigger.on) {
    case 'created': return [`${object}.created`]
    case 'changed': return [`${object}.updated`]
    case 'stageEntered': return [`${object}.created`, `${object}.stageChanged`]
    case 'event': return [trigger.name]
    default: return []
  }
}
