import type { FieldInfo } from '../../model/types.ts'

const STEP = 10
type Placed = Pick<FieldInfo, 'key' | 'position'>

/**
 * Positions to save after a field was moved: only its own where there is room between its new neighbours, else those of all
 * fields that stand elsewhere than they should, in steps that leave room for the next moves.
 * @param all fields of the object in their new order, those of other sections included: they keep their order, too
 */
export function positionsAfterMove(all: readonly Placed[], key: string): { key: string, position: number }[] {
  const at = all.findIndex(field => field.key === key)
  const before = at === 0 ? 0 : all[at - 1]!.position
  const after = all[at + 1]?.position
  const rest = all.filter(field => field.key !== key)
  const isOrdered = rest.every((field, index) => field.position !== null && (index === 0 || field.position > rest[index - 1]!.position!))
  if (isOrdered && before !== null) {
    const position = after == null ? before + STEP : Math.floor((before + after) / 2)
    if (position > before && (after == null || position < after)) return [{ key, position }]
  }
  return all.map((field, index) => ({ key: field.key, position: (index + 1) * STEP })).filter(({ position }, index) => position !== all[index]!.position)
}
