// What the SDK is, as text under version control: every change of it is seen in the diff, under the version that it belongs to.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const SDK = fileURLToPath(new URL('..', import.meta.url))
const { exports, version } = JSON.parse(readFileSync(`${SDK}package.json`, 'utf8')) as { exports: Record<string, unknown>, version: string }
const entries = Object.entries(exports).filter((entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1].endsWith('.ts') && !entry[1].endsWith('.d.ts'))

const options = { ...ts.parseJsonConfigFileContent(ts.readConfigFile(`${SDK}tsconfig.build.json`, ts.sys.readFile).config, ts.sys, SDK).options, noEmit: false, declaration: true, emitDeclarationOnly: true, removeComments: true, outDir: '/declarations' }
const program = ts.createProgram(entries.map(([, file]) => `${SDK}${file.slice(2)}`), options)
const checker = program.getTypeChecker()
const printer = ts.createPrinter({ removeComments: true })
const declared = new Map<string, ts.SourceFile>()

/** The declarations that are emitted for a file: with inferred types, and without bodies and comments. */
function declarationsOf(file: ts.SourceFile): ts.SourceFile {
  let found = declared.get(file.fileName)
  if (!found) {
    let text = ''
    program.emit(file, (_, emitted) => { text = emitted }, undefined, true)
    declared.set(file.fileName, found = ts.createSourceFile(file.fileName, text, ts.ScriptTarget.ES2024, true))
  }
  return found
}

function namesIn(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map((one) => one.name.getText())
  return 'name' in statement && statement.name ? [(statement.name as ts.Identifier).text] : []
}

interface Exported { name: string, text: string, documented: boolean }

function exportsOf(file: string): Exported[] {
  const source = program.getSourceFile(`${SDK}${file.slice(2)}`)!
  return checker.getExportsOfModule(checker.getSymbolAtLocation(source)!).map((exported): Exported => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
    const declarations = declarationsOf(symbol.declarations![0]!.getSourceFile())
    const text = declarations.statements.filter((statement) => namesIn(statement).includes(symbol.name)).map((statement) => printer.printNode(ts.EmitHint.Unspecified, statement, declarations)).join('\n')
    return { name: exported.name, text, documented: symbol.getDocumentationComment(checker).length > 0 }
  }).sort((a, b) => (a.name < b.name ? -1 : 1))
}

describe.each(entries)('@kartotek/sdk, %s', (entry, file) => {
  const found = exportsOf(file)
  const name = entry === '.' ? 'sdk' : `sdk-${entry.slice(2)}`

  it('is what its report says; after a change that is meant: `vitest run sdk/src/api-report.test.ts --update`, and a line in sdk/CHANGELOG.md', async () => {
    expect(found.length).toBeGreaterThan(0)
    expect(found.filter(({ text }) => !text).map((one) => one.name)).toEqual([])
    await expect(`# @kartotek/sdk${entry.slice(1)} ${version}\n\n${found.map(({ name: title, text }) => `## ${title}\n\n\`\`\`ts\n${text}\n\`\`\`\n`).join('\n')}`).toMatchFileSnapshot(`${SDK}api/${name}.api.md`)
  })

  it('says of each export what it is', () => {
    expect(found.filter(({ documented }) => !documented).map((one) => one.name)).toEqual([])
  })
})
