import { afterAll } from 'vitest'
import { PLUGINS } from './access/plugin-part.ts'
import { walkOver } from './access/walk.ts'
import { makeWorld } from './access/world.ts'

const world = await makeWorld(PLUGINS)
afterAll(() => world.crm.close())

walkOver(world, { depth: 1 })
