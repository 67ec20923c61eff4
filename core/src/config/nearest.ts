/** The candidate that differs least from what was typed, if the difference is small enough to be a slip: at most `within` letters. */
export function nearest(typed: string, candidates: readonly string[], within = Math.max(2, Math.floor(typed.length / 4))): string | undefined {
  const ranked = candidates.map(name => ({ name, distance: distance(typed, name) })).sort((a, b) => a.distance - b.distance)
  const best = ranked[0]
  return best && best.distance <= within ? best.name : undefined
}

/** Levenshtein: single-letter changes that lead from one to the other. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      row.push(Math.min(row[j - 1]! + 1, previous[j]! + 1, previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    previous = row
  }
  return previous[b.length]!
}
