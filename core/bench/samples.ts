import { ms, percentile } from './table.ts'

/** Milliseconds of each of so many runs, two that warm up left out; fewer than `rounds` where these take longer than `seconds`, but never less than four. */
export async function samples(rounds: number, work: (i: number) => Promise<unknown>, seconds = 8): Promise<number[]> {
  const taken: number[] = []
  const until = performance.now() + seconds * 1000
  for (let i = 0; i < rounds + 2 && (taken.length < 4 || performance.now() < until); i++) {
    const start = performance.now()
    await work(i)
    if (i >= 2) taken.push(performance.now() - start)
  }
  return taken
}

export const p95 = (taken: readonly number[]): number => percentile(taken, 0.95)
export const spread = (taken: readonly number[]): string => `p50 ${ms(percentile(taken, 0.5))}, p95 ${ms(p95(taken))}`
