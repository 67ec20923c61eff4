type Condition = Record<string, unknown>

/** The formula of a condition that judges records; null where it has none. */
export const formulaOf = (condition: Condition | null): string | null => (typeof condition?.formula === 'string' ? condition.formula : null)

/** The condition without its formula; null where nothing is left. */
export function filterOf(condition: Condition | null): Condition | null {
  const { formula: _formula, ...filter } = condition ?? {}
  return Object.keys(filter).length ? filter : null
}

/** A condition of both; null where there is neither. */
export function withFormula(filter: Condition | null | undefined, formula: string | null): Condition | null {
  return formula?.trim() ? { ...filter, formula: formula.trim() } : filter ?? null
}
