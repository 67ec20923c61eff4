import jsep from 'jsep'

/** Where and why an expression cannot be used. `rule` names the text of ours, `params` what it is about. */
export class ExpressionError extends Error {
  readonly rule: string
  readonly params: Record<string, unknown>
  constructor(rule: string, params: Record<string, unknown> = {}) {
    super(`${rule} ${JSON.stringify(params)}`)
    this.rule = rule
    this.params = params
  }
}

/** The parts of the syntax that the language has. */
export type Node =
  | { kind: 'literal', value: string | boolean | null }
  | { kind: 'number', digits: string }
  | { kind: 'path', path: string }
  | { kind: 'call', name: string, args: Node[] }

const MOST_CHARACTERS = 2_000
const MOST_PARTS = 300
/** No column holds longer numbers; powers of ten would make short texts into huge ones. */
const NUMBER = /^[\d.]{1,30}$/

// What people know from spreadsheets, beside what jsep knows.
jsep.addBinaryOp('or', 1)
jsep.addBinaryOp('and', 2)
jsep.addBinaryOp('=', 6)
jsep.addBinaryOp('<>', 6)
jsep.addUnaryOp('not')
jsep.addLiteral('empty', null)
for (const foreign of ['|', '^', '&', '<<', '>>', '>>>', '??', '===', '!==', '**']) jsep.removeBinaryOp(foreign)
jsep.removeUnaryOp('~')

const OPERATORS: Record<string, string> = { '||': 'or', '&&': 'and', '==': '=', '!=': '<>', '!': 'not' }

/**
 * Reads an expression: `round(price * quantity, 2)`, `if(custom.tier = "gold", 0.1, 0)`. Operators become calls of the same
 * name.
 * @throws ExpressionError
 */
export function parseExpression(text: string): Node {
  if (text.length > MOST_CHARACTERS) throw new ExpressionError('formulaLong', { limit: MOST_CHARACTERS })
  let tree: jsep.Expression
  try {
    tree = jsep(text)
  } catch (error) {
    throw new ExpressionError('formulaSyntax', { at: ((error as { index?: number }).index ?? 0) + 1 })
  }
  let parts = 0
  return read(tree)

  function read(node: jsep.Expression): Node {
    parts += 1
    if (parts > MOST_PARTS) throw new ExpressionError('formulaLong', { limit: MOST_CHARACTERS })
    switch (node.type) {
      case 'Literal': {
        const { value, raw } = node as jsep.Literal
        if (typeof value === 'number') {
          if (!NUMBER.test(raw)) throw new ExpressionError('formulaSyntax', { at: text.indexOf(raw) + 1 })
          return { kind: 'number', digits: raw }
        }
        return { kind: 'literal', value: value as string | boolean | null }
      }
      case 'Identifier':
      case 'MemberExpression':
        return { kind: 'path', path: pathOf(node) }
      case 'UnaryExpression': {
        const { operator, argument } = node as jsep.UnaryExpression
        return operator === '+' ? read(argument) : { kind: 'call', name: operator === '-' ? 'negate' : 'not', args: [read(argument)] }
      }
      case 'BinaryExpression': {
        const { operator, left, right } = node as jsep.BinaryExpression
        return { kind: 'call', name: OPERATORS[operator] ?? operator, args: [read(left), read(right)] }
      }
      case 'ConditionalExpression': {
        const { test, consequent, alternate } = node as jsep.ConditionalExpression
        return { kind: 'call', name: 'if', args: [read(test), read(consequent), read(alternate)] }
      }
      case 'CallExpression': {
        const { callee, arguments: args } = node as jsep.CallExpression
        if (callee.type !== 'Identifier') throw new ExpressionError('formulaSyntax', { at: 1 })
        return { kind: 'call', name: (callee as jsep.Identifier).name, args: args.map(read) }
      }
      default:
        throw new ExpressionError('formulaSyntax', { at: text.length })
    }
  }

  function pathOf(node: jsep.Expression): string {
    if (node.type === 'Identifier') return (node as jsep.Identifier).name
    const { computed, optional, object, property } = node as jsep.MemberExpression
    if (node.type !== 'MemberExpression' || computed || optional) throw new ExpressionError('formulaSyntax', { at: 1 })
    return `${pathOf(object)}.${(property as jsep.Identifier).name}`
  }
}
