/** A change of a record or of one of its parts that came after the change set in question. */
export interface LaterChange { id: string, set: string, reverts: string | null, root_id: string, record_id: string, action: string, fields: string[] }

/**
 * What of the later changes of one record still stands: what was reverted in the meantime counts no more, and its revert
 * neither, field by field; a revert that was itself reverted takes nothing away. Lists stand as fields of the record.
 * @param later newest first
 * @param isList whether the name is a list of the record, and no field
 */
export function standing(later: readonly LaterChange[], isList: (name: string) => boolean): LaterChange[] {
  const left = later.map((change) => ({ change, fields: new Set(change.fields) }))
  for (const { change: revert, fields } of left) {
    if (!revert.reverts) continue
    const undone = left.filter(({ change }) => change.set === revert.reverts && change.record_id === revert.record_id)
    for (const name of [...fields]) {
      const of = undone.filter((one) => one.fields.has(name))
      if (!of.length || (isList(name) && !partsReturned(later, revert))) continue
      for (const one of [...of, { fields }]) one.fields.delete(name)
    }
  }
  // What was done to a part stands in its record as a change of the list.
  return left.filter(({ change, fields }) => change.record_id === change.root_id && (fields.size || !change.fields.length)).map(({ change, fields }) => ({ ...change, fields: [...fields] }))
}

/** Whether the revert took back all that the reverted change set did to the parts. */
function partsReturned(later: readonly LaterChange[], revert: LaterChange): boolean {
  const parts = (set: string): LaterChange[] => later.filter((change) => change.set === set && change.record_id !== change.root_id)
  const back = parts(revert.set)
  return parts(revert.reverts!).every((part) => back.some((one) => one.record_id === part.record_id && (part.action !== 'update' || part.fields.every((name) => one.fields.includes(name)))))
}
