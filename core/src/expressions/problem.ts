import { InputError } from '@kartotek/sdk'
import { ruleMessage } from '../records/problems.ts'
import { ExpressionError } from './parse.ts'

/** An expression that is not understood, as the problem of the input `field`; any other error as it is. */
export function asInputError(error: unknown, field: string): unknown {
  if (!(error instanceof ExpressionError)) return error
  const message = ruleMessage(error.rule, error.params, 'en')
  return new InputError(message, [{ field, rule: error.rule, message, params: error.params }])
}
