import { afterAll } from 'vitest'
import { walkOver } from './access/walk.ts'
import { makeWorld } from './access/world.ts'

const world = await makeWorld()
afterAll(() => world.crm.close())

walkOver(world, { depth: 2, engine: true })
