#!/usr/bin/env node
// `npm start`: makes a fresh clone ready, then starts the server under Node 24.
import { join } from 'node:path'
import { ROOT, environment, findNode, run } from './node24.js'
import { ensureDependencies, ensureWebApp } from './prepare.js'

try {
  await ensureDependencies()
  await ensureWebApp()
} catch (error) {
  console.error(error.message)
  process.exit(1)
}
const node = findNode()
process.exit(await run(node, [join(ROOT, 'core/bin/kartotek.js'), 'start', ...process.argv.slice(2)], { ipc: true, env: environment(node) }))
