import { sql, type RawBuilder } from 'kysely'
import type { ObjectModel } from '../model/model.ts'
import { stageNorm } from '../pipelines/stuck.ts'
import type { Engine } from '../records/engine.ts'
import type { Condition } from '../records/reading.ts'
import { dated, daysOf } from './clock.ts'
import type { Rule, Trigger } from './rule.ts'

/** What was done to a record, as the audit trail calls it, by the event that tells of it. */
const ACTIONS: Readonly<Record<string, string>> = { created: 'create', updated: 'update', stageChanged: 'update', archived: 'archive', restored: 'restore', trashed: 'trash' }

/**
 * The condition for the records of a table for which the rule's moment came between the two: by the dates and stages of the records for
 * what the clock brings, by the audit trail for what happened to them. Null where nothing is kept of it: events of features and plugins.
 */
export async function cameIn(engine: Engine, rule: Pick<Rule, 'object' | 'trigger'>, object: ObjectModel, since: Date, until: Date): Promise<((alias: string) => Condition) | null> {
  const { trigger } = rule
  const among = (which: RawBuilder<unknown>) => (alias: string): Condition => sql<boolean>`${sql.ref(`${alias}.id`)} in (${which})`
  switch (trigger.on) {
    case 'date': return among(sql`select t.id from core.${sql.id(object.table)} t where ${await dated(engine, rule, trigger, daysOf(engine, trigger, since, until))}`)
    case 'schedule': return () => (daysOf(engine, trigger, since, until).length ? sql<boolean>`true` : sql<boolean>`false`)
    case 'stuck': return among(stuckIn(engine, object, trigger, since, until))
    default: {
      const happened = happening(object, trigger)
      return happened ? among(sql`select c.record_id from core.change c join core.change_set s on s.id = c.change_set_id
        where c.object = ${object.name} and s.at > ${since} and s.at <= ${until} and s.origin <> 'revert' and not s.flags ? 'withoutRules' and ${happened}`) : null
    }
  }
}

/** The changes `c` that the trigger answers to. */
function happening(object: ObjectModel, trigger: Extract<Trigger, { on: 'created' | 'changed' | 'stageEntered' | 'event' }>): RawBuilder<boolean> | null {
  switch (trigger.on) {
    case 'created': return sql<boolean>`c.action = 'create'`
    case 'changed': return sql<boolean>`c.action = 'update' ${trigger.fields?.length ? sql`and c.fields && ${trigger.fields}::text[]` : sql``}`
    case 'stageEntered': return sql<boolean>`c.action in ('create', 'update') and ${trigger.stages?.length ? sql`c.after ->> 'stage' = any(${trigger.stages}::text[])` : sql`c.after ->> 'stage' is not null`}`
    case 'event': {
      const [of, what = ''] = trigger.name.split('.')
      const action = of === object.name && Object.hasOwn(ACTIONS, what) ? ACTIONS[what] : undefined
      return action ? sql<boolean>`c.action = ${action} ${what === 'stageChanged' ? sql`and c.after ->> 'stage' is not null` : sql``}` : null
    }
  }
}

/** Records that stood in an open stage longer than it may be, from a moment in between on. */
function stuckIn(engine: Engine, object: ObjectModel, { hours }: Extract<Trigger, { on: 'stuck' }>, since: Date, until: Date): RawBuilder<unknown> {
  const open = engine.live.current.pipelines.filter((p) => p.object === object.name).flatMap((p) => p.stages).filter((s) => s.kind === 'open')
  if (!open.length) return sql`select null::uuid where false`
  return sql.join(open.map((stage) => {
    const norm = hours === undefined ? stageNorm(stage) : sql`make_interval(hours => ${hours})`
    return sql`select v.record_id from core.stage_visit v, (select ${norm} as norm) n where v.object = ${object.name} and v.stage_id = ${stage.id}::uuid
      and v.entered_at > ${since}::timestamptz - n.norm and v.entered_at <= ${until}::timestamptz - n.norm and coalesce(v.left_at, 'infinity') > v.entered_at + n.norm`
  }), sql` union all `)
}
