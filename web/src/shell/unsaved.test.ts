import { expect, it, vi } from 'vitest'
import { effectScope } from 'vue'
import { hasUnsaved, useUnsaved } from './unsaved.ts'

it('one that cannot say whether something is unsaved keeps nobody where he is, and is told', () => {
  const told = vi.fn()
  vi.stubGlobal('reportError', told)
  vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  effectScope().run(() => {
    useUnsaved(() => { throw new Error('the draft is null') })
    expect(hasUnsaved()).toBe(false)
    useUnsaved(() => true)
    expect(hasUnsaved()).toBe(true)
  })
  expect(told).toHaveBeenCalled()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})
