/** One row of the result: what was measured, its value, the limit of the same run beside it, the goal, and whether it is met. */
export interface Row { what: string, measured: string, beside: string, goal: string, met: boolean | null }

export class Table {
  readonly rows: Row[] = []

  add(what: string, measured: string, beside = '', goal = '', met: boolean | null = null): void {
    this.rows.push({ what, measured, beside, goal, met })
    console.log(`  ${what}: ${measured}${beside ? ` (${beside})` : ''}${met === null ? '' : met ? '  ✓' : `  ✗ goal ${goal}`}`)
  }

  /** As Markdown, aligned for a terminal too. */
  text(): string {
    const lines = [['What', 'Measured', 'Beside it, in the same run', 'Goal', ''], ...this.rows.map((r) => [r.what, r.measured, r.beside, r.goal, r.met === null ? '' : r.met ? '✓' : '✗'])]
    const widths = lines[0]!.map((_, i) => Math.max(...lines.map((l) => l[i]!.length)))
    const line = (cells: string[]): string => `| ${cells.map((c, i) => c.padEnd(widths[i]!)).join(' | ')} |`
    return [line(lines[0]!), line(widths.map((w) => '-'.repeat(w))), ...lines.slice(1).map(line)].join('\n')
  }
}

/** The value below which a part of the samples lies. */
export function percentile(samples: readonly number[], part: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)]!
}

export const ms = (value: number): string => `${value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : Math.round(value)} ms`
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
export const times = (value: number): string => `${value.toFixed(2)} ×`
export const count = (value: number): string => Math.round(value).toLocaleString('en').replaceAll(',', ' ')
