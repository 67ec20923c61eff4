// What a change of the SDK's reports asks of its version and of its CHANGELOG.
import gt from 'semver/functions/gt.js'
import inc from 'semver/functions/inc.js'
import lt from 'semver/functions/lt.js'
import valid from 'semver/functions/valid.js'

/** One export that is not as it was, `@kartotek/sdk/web useQuery`. */
export interface ApiChange { name: string, entry: string, breaks: boolean }

/** A report (`sdk/api/*.api.md`), taken apart: the version in its head, the declarations by name. */
export interface Report { entry: string, version: string, declared: ReadonlyMap<string, string> }

export function readReport(text: string): Report {
  const head = /^# (\S+) (\S+)$/m.exec(text)
  if (!head || !valid(head[2]!)) throw new Error('A report begins with the name of its entry point and the version that it belongs to: "# @kartotek/sdk/web 0.1.0".')
  return { entry: head[1]!, version: head[2]!, declared: new Map([...text.matchAll(/^## (\S+)\n\n```ts\n([\s\S]*?)\n```$/gm)].map((match) => [match[1]!, match[2]!])) }
}

/**
 * What differs. Something new breaks nobody, nor do lines between those that were there: an optional member, a method that the host
 * brings. What is gone or written otherwise may break somebody; whether it does, no text can tell, so it counts as if it did.
 */
export function changesOf(before: readonly Report[], now: readonly Report[]): ApiChange[] {
  return [...new Set([...before, ...now].map(({ entry }) => entry))].flatMap((entry) => {
    const [old, own] = [before, now].map((reports) => reports.find((report) => report.entry === entry)?.declared ?? new Map<string, string>())
    return [...new Set([...old!.keys(), ...own!.keys()])].filter((name) => old!.get(name) !== own!.get(name)).map((name) => ({
      name, entry, breaks: old!.has(name) && !hasAllLinesOf(old!.get(name)!, own!.get(name) ?? ''),
    }))
  })
}

function hasAllLinesOf(before: string, now: string): boolean {
  const waiting = before.split('\n')
  for (const line of now.split('\n')) if (line === waiting[0]) waiting.shift()
  return waiting.length === 0
}

/** The least version that may have these changes, by Semantic Versioning; before 1.0.0 the second number stands in for the first. */
export function leastVersion(released: string, changes: readonly ApiChange[]): string {
  if (!changes.length) return released
  return inc(released, changes.some(({ breaks }) => breaks) && !lt(released, '1.0.0') ? 'major' : 'minor')!
}

/**
 * What is wrong with a version of the SDK, in one sentence each.
 * @param released the reports of the last version that went out; none before the first one
 * @param changelog of the SDK: a section for each version, the newest first; «not released» in its heading until it goes out
 */
export function releaseProblems({ version, now, released, changelog }: { version: string, now: readonly Report[], released: readonly Report[], changelog: string }): string[] {
  const sections = [...changelog.matchAll(/^## (\d\S*?)(, not released)?$([\s\S]*?)(?=^## |$(?![\s\S]))/gm)].map((match) => ({ version: match[1]!, waits: match[2] !== undefined, text: match[3]! }))
  const newest = sections[0]
  if (newest?.version !== version) return [`sdk/CHANGELOG.md begins with "## ${version}", the version of sdk/package.json, or "## ${version}, not released".`]
  const problems = now.filter((report) => report.version !== version).map(({ entry }) => `The report of ${entry} is not of version ${version}: vitest run sdk/src/api-report.test.ts --update.`)
  const last = released[0]?.version
  if (!newest.waits && last !== version) return [...problems, `${version} goes out: put its reports beside, cp sdk/api/*.api.md sdk/api/released/.`]
  if (last === undefined) return problems
  const changes = changesOf(released, now)
  const least = leastVersion(last, changes)
  if (gt(least, version)) problems.push(`${changes.map(({ entry, name, breaks }) => `${name} of ${entry} ${breaks ? 'is not what it was' : 'is new or has more'}`).join(', ')} since ${last}: the version is at least ${least}.`)
  const told = sections.filter((section) => gt(section.version, last)).map(({ text }) => text).join('\n')
  return [...problems, ...changes.filter(({ name }) => !told.includes(`\`${name}\``)).map(({ name }) => `sdk/CHANGELOG.md does not say what becomes of \`${name}\` since ${last}.`)]
}
