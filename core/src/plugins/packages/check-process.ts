// Imports the code of a package and tells what is wrong with it. See `check.ts`.
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { loadPlugin } from '../load.ts'
import { manifestProblems } from '../manifest.ts'
import { contributeModel } from '../model-check.ts'
import { checkAgrees, readManifest } from '../static-manifest.ts'
import { PluginError } from '../state.ts'
import { builtInObjects, builtInSchema } from './built-in.ts'
import { extendWith } from '../sdl.ts'

const folder = process.argv[2]!

async function problems(): Promise<string[]> {
  const plugin = await loadPlugin(folder, folder, 20_000)
  const manifest = readManifest(pathToFileURL(join(folder, 'package.json')).href)!
  const unsound = manifestProblems(plugin)
  if (unsound.length) return unsound
  const steps = [
    () => checkAgrees(manifest, plugin),
    () => contributeModel(plugin, new Map(builtInObjects().map((name) => [name, 'the core']))),
    () => plugin.graphql && extendWith(builtInSchema(plugin), plugin),
  ]
  return steps.flatMap((step) => {
    try {
      step()
      return []
    } catch (error) {
      return [sentence(error)]
    }
  })
}

const sentence = (error: unknown): string => (error instanceof PluginError ? error.message : error instanceof Error ? error.stack ?? error.message : String(error))

// The one who asked ends this process when he has the answer: what the plugin keeps running must not matter.
process.send!(await problems().catch((error: unknown) => [sentence(error)]))
