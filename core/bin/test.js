#!/usr/bin/env node
// `npm test`: all tests under Node 24. The last line is `N passed, N failed`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT, environment, findNode, run } from './node24.js'
import { ensureDependencies, ensureWebApp } from './prepare.js'

try {
  await ensureDependencies()
  await ensureWebApp()
} catch (error) {
  console.error(error.message)
  console.log('0 passed, 1 failed')
  process.exit(1)
}
const folder = mkdtempSync(join(tmpdir(), 'kartotek-report-'))
const report = join(folder, 'report.json')
const node = findNode()
const code = await run(node, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...process.argv.slice(2)], { cwd: ROOT, env: environment(node) })
const { passed, failed } = count(report, code)
rmSync(folder, { recursive: true, force: true })
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

/** Files that could not be loaded, and errors outside of any test, fail the run too. */
function count(file, exitCode) {
  let result
  try {
    result = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return { passed: 0, failed: 1 }
  }
  const broken = result.testResults.filter(({ status, assertionResults }) => status === 'failed' && !assertionResults.some(test => test.status === 'failed')).length
  const failed = result.numFailedTests + broken
  return { passed: result.numPassedTests, failed: failed === 0 && exitCode !== 0 ? 1 : failed }
}
