#!/usr/bin/env node
// Runs a tool of the project under Node 24: `run.js eslint .`, `run.js types`, `run.js bench [--quick]`, `run.js reference`.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, environment, findNode, run } from './node24.js'
import { ensureDependencies, ensureWebApp } from './prepare.js'

const [tool, ...args] = process.argv.slice(2)
const inModules = path => join(ROOT, 'node_modules', path)
const tools = {
  eslint: () => [[inModules('eslint/bin/eslint.js'), '--cache', '--cache-location', inModules('.cache/eslint/'), ...args]],
  types: () => [
    [inModules('typescript/bin/tsc'), '-p', ROOT, ...args],
    ...['web', 'tsconfig.plugins.json'].filter(project => existsSync(join(ROOT, project))).map(project => [inModules('vue-tsc/bin/vue-tsc.js'), '--noEmit', '-p', join(ROOT, project), ...args]),
  ],
  reference: () => [[inModules('typedoc/bin/typedoc'), '--options', join(ROOT, 'sdk/typedoc.json'), ...args]],
  bench: () => [[join(ROOT, 'core/bench/main.ts'), ...args]],
}

if (!tools[tool]) {
  console.error(`run.js knows ${Object.keys(tools).join(', ')}; got ${tool ?? 'nothing'}.`)
  process.exit(2)
}
try {
  await ensureDependencies()
  if (tool === 'bench') await ensureWebApp()
} catch (error) {
  console.error(error.message)
  process.exit(1)
}
const node = findNode()
let code = 0
for (const command of tools[tool]()) code = await run(node, command, { cwd: ROOT, env: environment(node) }) || code
process.exit(code)
