#!/usr/bin/env node
// The command line of Kartotek: `kartotek help`.
import module from 'node:module'
import { join } from 'node:path'
import { ROOT, underNode24 } from './node24.js'

await underNode24()
// starts from TypeScript three times faster, and so does every process that it starts; beside the dependencies, where nobody else may write
process.env.NODE_COMPILE_CACHE ??= join(ROOT, 'node_modules/.cache/kartotek')
module.enableCompileCache(process.env.NODE_COMPILE_CACHE)
// libraries check more of what they are given, and are slower, where this is not said
process.env.NODE_ENV ??= 'production'
const { main } = await import('../src/cli/main.ts')
await main(process.argv.slice(2))
