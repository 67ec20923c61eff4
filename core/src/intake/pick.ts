export const STRATEGIES = ['turns', 'fewest', 'weights', 'conversion', 'queue'] as const
export type Strategy = (typeof STRATEGIES)[number]

/** One of those among whom a rule distributes. */
export interface Member {
  user: string
  /** How many times as much as one with the weight 1. */
  weight: number
  /** Items a day; null for any number. */
  cap: number | null
}

/** Where a rule stands: who had the last one, and what each has saved up of his weight. */
export interface Turn { last?: string, saved?: Record<string, number> }

/**
 * Who gets the next item among those who are free, and where the rule stands then. Pure: the same pool, turn and load give
 * the same person.
 * @param load what everybody has to do already, for `fewest`
 */
export function pick(strategy: Strategy, pool: readonly Member[], free: ReadonlySet<string>, load: ReadonlyMap<string, number>, turn: Turn): { user: string, turn: Turn } | null {
  const start = pool.findIndex((member) => member.user === turn.last) + 1
  const inTurn = [...pool.slice(start), ...pool.slice(0, start)].filter((member) => free.has(member.user))
  if (!inTurn.length || strategy === 'queue') return null
  if (strategy === 'weights' || strategy === 'conversion') return byWeight(pool.filter((member) => free.has(member.user)), turn)
  const lightest = Math.min(...inTurn.map(({ user }) => load.get(user) ?? 0))
  const { user } = strategy === 'turns' ? inTurn[0]! : inTurn.find((member) => (load.get(member.user) ?? 0) === lightest)!
  return { user, turn: { ...turn, last: user } }
}

/** Everybody saves up his weight each time; who has most gets the item and pays what all saved. So a weight of 3 is not three in a row. */
function byWeight(free: readonly Member[], turn: Turn): { user: string, turn: Turn } {
  const saved = Object.fromEntries(free.map(({ user, weight }) => [user, (turn.saved?.[user] ?? 0) + weight]))
  const user = free.reduce((best, member) => (saved[member.user]! > saved[best.user]! ? member : best)).user
  saved[user]! -= free.reduce((sum, member) => sum + member.weight, 0)
  return { user, turn: { last: user, saved: { ...turn.saved, ...saved } } }
}
