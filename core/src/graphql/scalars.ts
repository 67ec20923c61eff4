import { GraphQLError, Kind, valueFromASTUntyped, type GraphQLScalarType, type GraphQLSchema } from 'graphql'

/** Gives the scalars of the SDL their behaviour. Fields check the content; here only the shape matters. */
export function wireScalars(schema: GraphQLSchema): void {
  const text = (name: string, parse: (value: unknown) => unknown): void => {
    const type = schema.getType(name) as GraphQLScalarType | undefined
    if (!type) return
    type.serialize = (value) => (value instanceof Date ? value.toISOString() : value)
    type.parseValue = parse
    type.parseLiteral = (node) => {
      if (node.kind !== Kind.STRING && node.kind !== Kind.INT && node.kind !== Kind.FLOAT) throw new GraphQLError(`${name} takes a text.`, { nodes: node })
      return parse(node.value)
    }
  }
  text('Decimal', (value) => {
    const decimal = typeof value === 'number' ? String(value) : value
    if (typeof decimal !== 'string' || !/^[+-]?\d{1,18}(\.\d{1,10})?$/.test(decimal)) throw new GraphQLError('A Decimal is a number as text, like "12.50".')
    return decimal
  })
  for (const name of ['Date', 'DateTime']) {
    text(name, (value) => {
      if (typeof value !== 'string' || value.length > 40) throw new GraphQLError(`${name} takes a text, like "2026-11-21${name === 'Date' ? '' : 'T12:00:00Z'}".`)
      return value
    })
  }
  const json = schema.getType('JSON') as GraphQLScalarType | undefined
  if (json) json.parseLiteral = (node, variables) => valueFromASTUntyped(node, variables)
}
