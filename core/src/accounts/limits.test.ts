import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { LIMITS } from './limits.ts'

it('has the figures that the documentation gives', () => {
  const text = readFileSync(new URL('../../../docs/accounts.md', import.meta.url), 'utf8')
  const rows = [...text.matchAll(/^\| `(\w+)`: .* \| (\d+) \| (\d+) min \| (\d+) min \|$/gm)]
  const documented = rows.map(([, name, points, within, wait]) => [name, { points: Number(points), duration: Number(within) * 60, blockDuration: Number(wait) * 60 }])
  expect(Object.fromEntries(documented)).toEqual(LIMITS)
})
