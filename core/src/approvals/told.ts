import { LOCALES, NotAllowedError, textIn, type GuardRecord, type Locale, type Localized, type Notice } from '@kartotek/sdk'
import { sql } from 'kysely'
import { SYSTEM_CALLER } from '../access/caller.ts'
import { objectOf, type ObjectModel } from '../model/model.ts'
import type { Stage } from '../pipelines/pipeline.ts'
import { writeRecords } from '../records/write/batch.ts'
import { withSystemEyes } from '../records/write/system-eyes.ts'
import type { Writing } from '../records/write/writing.ts'

export type Step = 'asked' | 'approved' | 'declined' | 'withdrawn'

const WORDS: Record<Step, Localized> = {
  asked: { ru: 'Запрошено согласование этапа «{stage}»', uk: 'Запитано погодження етапу «{stage}»', fi: 'Vaiheelle ”{stage}” pyydetty hyväksyntä', en: 'Approval asked for stage “{stage}”' },
  approved: { ru: 'Этап «{stage}» согласован', uk: 'Етап «{stage}» погоджено', fi: 'Vaihe ”{stage}” hyväksytty', en: 'Stage “{stage}” approved' },
  declined: { ru: 'Этап «{stage}» не согласован', uk: 'Етап «{stage}» не погоджено', fi: 'Vaihe ”{stage}” hylätty', en: 'Stage “{stage}” declined' },
  withdrawn: { ru: 'Запрос на этап «{stage}» отозван', uk: 'Запит на етап «{stage}» відкликано', fi: 'Vaiheen ”{stage}” pyyntö peruttu', en: 'Request for stage “{stage}” withdrawn' },
}

export const words = (step: Step, stage: Stage, locale: Locale): string => textIn(WORDS[step], locale).replace('{stage}', textIn(stage.name, locale))

/** The words with the note, in every language, for notifications. */
export function wordsWithNote(step: Step, stage: Stage, note: string | null): Notice['text'] {
  return Object.fromEntries(LOCALES.map((locale) => [locale, note ? `${words(step, stage, locale)}\n${note}` : words(step, stage, locale)])) as Localized
}

/** Puts a step of a request on the timeline of its record, and tells handlers and open pages of it. */
export async function tell(w: Writing, object: ObjectModel, id: string, step: Step, stage: Stage, note: string | null): Promise<void> {
  // The house writes it and nobody can write such a line himself; whoever did it stays its author.
  const house: Writing = { ...withSystemEyes(w), caller: SYSTEM_CALLER }
  const [entry] = await writeRecords(house, objectOf(w.generation.model, 'timelineEntry'), [{ op: 'create', input: {
    subject: { object: object.name, id }, kind: 'approval', direction: 'internal', happenedAt: w.now.toISOString(), owner: w.access.actor.userId,
    heading: words(step, stage, w.generation.company.locale), text: note,
  } }])
  if (!entry!.ok) throw entry!.error
  const { rows: [held] } = object.owned ? await sql<{ owner: string | null, team: string | null }>`select owner_id as owner, team_id as team from core.${sql.id(object.table)} where id = ${id}`.execute(w.db) : { rows: [] }
  const name = step === 'asked' ? 'approvalAsked' : step === 'withdrawn' ? 'approvalWithdrawn' : 'approvalDecided'
  w.events.push({ name: `${object.name}.${name}`, object: object.name, recordId: id, changeSetId: w.changeSetId, scope: held ? { before: held, after: held } : null })
}

const SAID = ['kind', 'subject', 'owner', 'heading', 'text', 'happenedAt', 'direction']

/** A line that tells of an approval is the house's: nobody writes one, makes one of his own, changes, moves or removes one. */
export function guardLines(records: readonly GuardRecord[], by: string): void {
  if (by === 'system') return
  for (const { before, after } of records) {
    const isLine = before?.kind === 'approval' || after?.kind === 'approval'
    if (isLine && SAID.some((key) => JSON.stringify(before?.[key] ?? null) !== JSON.stringify(after?.[key] ?? null))) throw new NotAllowedError('Lines of this kind are written by the program only.')
  }
}
