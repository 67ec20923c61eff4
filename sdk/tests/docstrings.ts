// What the docstrings of the SDK say, read from its sources: of each export and each member of one.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

export const SDK = fileURLToPath(new URL('..', import.meta.url))
const { exports } = JSON.parse(readFileSync(`${SDK}package.json`, 'utf8')) as { exports: Record<string, unknown> }
/** Names under which the SDK is imported, and their modules: `['./web', './src/web/index.ts']`. Without those that hold types or settings only. */
export const entries = Object.entries(exports).filter((entry): entry is [string, string] => typeof entry[1] === 'string' && /(?<!\.d)\.ts$/.test(entry[1]))

const options = ts.parseJsonConfigFileContent(ts.readConfigFile(`${SDK}tsconfig.build.json`, ts.sys.readFile).config, ts.sys, SDK).options
const program = ts.createProgram(entries.map(([, file]) => `${SDK}${file.slice(2)}`), options)
const checker = program.getTypeChecker()

/** One file of an example. The text of one without a fence is `index.ts`. */
export interface ExampleFile {
  name: string
  text: string
  /** Where its first line stands in the source, from 1. */
  line: number
}
/** One `@example`. */
export interface Example { files: ExampleFile[] }

/** An export, or a member of one. */
export interface Documented {
  /** `PluginContext.fetch` */
  name: string
  /** Below the folder of the SDK: `src/plugin.ts`. */
  file: string
  /** What stands before the tags. */
  says: string
  /** Names behind `{@link …}`, wherever they stand in the docstring. */
  links: string[]
  examples: Example[]
}
export interface Exported extends Documented {
  /** Functions, classes and constants are values. */
  kind: 'value' | 'type'
  members: Documented[]
  /** Of a contract: the name of what keeps it. */
  keptBy: string | null
}

/** All that the SDK exports, each once. */
export function exported(): Exported[] {
  const symbols = new Set(entries.flatMap(([, file]) => checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(`${SDK}${file.slice(2)}`)!)!).map(aliased)))
  return [...symbols].map((symbol): Exported => ({
    ...documented(symbol, symbol.name),
    kind: symbol.flags & ts.SymbolFlags.Value ? 'value' : 'type',
    members: membersOf(symbol).map((member) => documented(member, `${symbol.name}.${member.name}`)),
    keptBy: contractOf(symbol),
  }))
}

function aliased(symbol: ts.Symbol): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
}

/** Those that the SDK declares itself: not what a class has from `Error`, nor the methods of a list. */
function membersOf(symbol: ts.Symbol): ts.Symbol[] {
  const declaration = symbol.declarations![0]!
  if (ts.isTypeAliasDeclaration(declaration)) return literalsIn(declaration.type).flatMap((literal) => literal.members.flatMap((member) => (member.name ? [checker.getSymbolAtLocation(member.name)!] : [])))
  const type = symbol.flags & ts.SymbolFlags.Variable || symbol.flags & ts.SymbolFlags.Function ? checker.getTypeOfSymbol(symbol) : checker.getDeclaredTypeOfSymbol(symbol)
  return type.getProperties().filter((member) => {
    const at = member.valueDeclaration
    return at?.getSourceFile().fileName.startsWith(`${SDK}src/`) && within(at, declaration, symbol) && !member.name.startsWith('__')
  })
}

/** What is written at the export itself, not at a type that it has: the members of an interface are told there. */
function within(member: ts.Node, declaration: ts.Node, symbol: ts.Symbol): boolean {
  if (symbol.flags & ts.SymbolFlags.Function) return true
  return ts.findAncestor(member, (node) => node === declaration) !== undefined
}

function literalsIn(type: ts.TypeNode): ts.TypeLiteralNode[] {
  if (ts.isTypeLiteralNode(type)) return [type]
  return ts.isIntersectionTypeNode(type) ? type.types.flatMap(literalsIn) : []
}

function contractOf(symbol: ts.Symbol): string | null {
  if (!(symbol.flags & ts.SymbolFlags.Variable)) return null
  const type = checker.getTypeOfSymbol(symbol) as ts.TypeReference
  return type.symbol?.name === 'Contract' ? checker.getTypeArguments(type)[0]!.symbol.name : null
}

function documented(symbol: ts.Symbol, name: string): Documented {
  const node = symbol.declarations![0]!
  const source = node.getSourceFile()
  const comments = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc)
  return {
    name, file: source.fileName.slice(SDK.length),
    says: ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim(),
    links: comments.flatMap((comment) => [...comment.getText(source).matchAll(/\{@link ([\w.]+)/g)].map((match) => match[1]!)),
    examples: comments.flatMap((comment) => examplesIn(comment.getText(source), source.getLineAndCharacterOfPosition(comment.getStart(source)).line + 1)),
  }
}

/** As they are written: what the compiler gives of them has lost indents. */
function examplesIn(comment: string, firstLine: number): Example[] {
  const lines = comment.replace(/^\/\*\*/, '   ').replace(/\s*\*\/$/, '').split('\n').map((text, at) => ({ text: text.replace(/^\s*\* ?/, ''), line: firstLine + at }))
  const found: typeof lines[] = []
  let current: typeof lines | null = null
  for (const { text, line } of lines) {
    const tag = /^\s*@(\w+)(.*)$/.exec(text)
    if (tag) current = tag[1] === 'example' ? found[found.push([]) - 1]! : null
    if (current) current.push({ text: tag ? tag[2]!.trim() : text, line })
  }
  return found.map((example) => ({ files: filesOf(example) }))
}

/** A fence says which file it is: `vue PointsTab.vue`, `json en.json`; `ts` alone is `index.ts`. */
function filesOf(lines: { text: string, line: number }[]): ExampleFile[] {
  const files: ExampleFile[] = []
  let open: ExampleFile | null = null
  for (const { text, line } of lines) {
    const fence = /^```(\w*) ?(.*)$/.exec(text)
    if (!fence) { if (open) open.text += `${text}\n` } else if (open) open = null
    else files.push(open = { name: fence[2] || 'index.ts', text: '', line: line + 1 })
  }
  return files.length ? files : [{ name: 'index.ts', text: lines.map(({ text }) => text).join('\n').trim() + '\n', line: lines.find(({ text }) => text.trim())?.line ?? 0 }]
}
