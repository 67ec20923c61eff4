import { functionOf, type Scope } from './functions.ts'
import { ExpressionError, parseExpression, type Node } from './parse.ts'
import { Exact, finite, type Value, type ValueType } from './value.ts'

/** An expression that was understood: of which type it is, which fields it reads, and how to work it out. */
export interface Expression {
  type: ValueType
  paths: string[]
  run(scope: Scope): Value
}

/**
 * Understands an expression: types are checked here, so that working it out cannot fail. What cannot be worked out (a
 * division by zero, a sum of two currencies, an empty operand) is empty.
 * @param typeOf the type of a field by its key; null where there is none that may be used
 * @param stored the result is kept in a column: what changes by itself (`today()`) is refused
 * @throws ExpressionError with the rule that it breaks
 */
export function compileExpression(text: string, typeOf: (path: string) => ValueType | null, { stored = false } = {}): Expression {
  const paths = new Set<string>()
  const { type, run } = compile(parseExpression(text))
  return { type, paths: [...paths], run }

  function compile(node: Node): { type: ValueType, run: (scope: Scope) => Value } {
    if (node.kind === 'number') {
      const value = new Exact(node.digits)
      return { type: 'number', run: () => value }
    }
    if (node.kind === 'literal') {
      const { value } = node
      return { type: value === null ? 'empty' : typeof value === 'boolean' ? 'boolean' : 'text', run: () => value }
    }
    if (node.kind === 'path') {
      const { path } = node
      const of = typeOf(path)
      if (of === null) throw new ExpressionError('formulaField', { field: path })
      paths.add(path)
      return { type: of, run: (scope) => scope.value(path) }
    }
    const definition = functionOf(node.name)
    if (stored && definition.volatile) throw new ExpressionError('formulaVolatile', { name: node.name })
    const args = node.args.map(compile)
    const types = args.map((a) => a.type)
    const result = definition.type(types)
    if (result === null) throw new ExpressionError('formulaTypes', { name: node.name, types: types.join(', ') })
    const goesOn = typeof definition.takesEmpty === 'function' ? definition.takesEmpty(types) : definition.takesEmpty
    return {
      type: result,
      run(scope) {
        const values = args.map((a) => a.run(scope))
        if (!goesOn && values.includes(null)) return null
        const value = definition.run(values, scope, types)
        return finite(value) ? value : null
      },
    }
  }
}
