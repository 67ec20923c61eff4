import { Exact } from '../expressions/value.ts'
import { CellProblem } from './convert.ts'

/** A number of a file in the unit of its field: money and long numbers lose no digit. @throws CellProblem */
export function multiply(number: string, times: number): string {
  const product = new Exact(number).times(times)
  if (!product.isFinite()) throw new CellProblem('number', { value: number })
  return product.isZero() ? '0' : product.toFixed()
}
