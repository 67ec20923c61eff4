#!/usr/bin/env node
// The command line of Kartotek: `kartotek help`.
import module from 'node:module'
import { join } from 'node:path'
import { ROOT, underNode24 } from './node24.js'

await underNode24()
// starts from TypeScript three times faster; beside the dependencies, where nobody else may write
module.enableCompileCache(join(ROOT, 'node_modules/.cache/kartotek'))
// libraries check more of what they are given, and are slower, where this is not said
process.env.NODE_ENV ??= 'production'
const { main } = await import('../src/cli/main.ts')
await main(process.argv.slice(2))
