import { DuplicateError } from '@kartotek/sdk'
import type { ObjectModel } from '../model/model.ts'
import type { Draft } from '../records/write/draft.ts'
import type { Writing } from '../records/write/writing.ts'
import { factsOfDraft } from './facts.ts'
import type { MatchRules } from './keys.ts'
import { isMatched, rankOf, type Strength } from './kinds.ts'
import { matchesOf } from './possible.ts'

/**
 * Looks whether records that a person enters are there already. What he sees to be the same by a strong match he enters
 * again only with `duplicates.create`, and the change set keeps it. Of an import it is noted only: what becomes of matches is
 * said in its description. Plugins and the system know what they do; what is hidden from him stops nobody.
 */
export async function screenNew(w: Writing, object: ObjectModel, drafts: Draft[], rules: () => Promise<MatchRules>): Promise<void> {
  if (!drafts.length || !isMatched(object.name)) return
  const imported = w.caller.origin === 'import'
  const byPerson = ['web', 'api'].includes(w.caller.origin) && w.access.actor.kind !== 'system' && w.access.actor.kind !== 'plugin'
  if (!imported && !byPerson) return
  const name = object.name
  const found = await matchesOf(w, drafts.map((draft) => factsOfDraft(name, draft)), await rules(), false)
  drafts.forEach((draft, i) => {
    const atLeast = (strength: Strength) => found[i]!.filter((match) => match.record && rankOf(match.strength) >= rankOf(strength))
    if (imported) {
      const alike = atLeast('medium').map(({ record, reasons }) => ({ object: name, id: record!.id, kinds: [...new Set(reasons.map((r) => r.kind))] }))
      if (alike.length) w.alike.set(draft.row.id, alike)
      return
    }
    const grave = atLeast('strong')
    if (!grave.length) return
    if (w.access.capability('duplicates.create')) {
      w.despite.push({ object: name, id: draft.row.id, duplicates: grave.map((match) => ({ object: name, id: match.record!.id })) })
      return
    }
    draft.error = new DuplicateError('This may be there already. Look at what was found; to create it all the same needs the right "duplicates.create".', {
      object: name, field: null, fields: [], duplicates: grave.map(({ record, strength, reasons }) => ({ ...record, strength, reasons: [...new Set(reasons.map((r) => r.kind))] })),
    })
  })
}
