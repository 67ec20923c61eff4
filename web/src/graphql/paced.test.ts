import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { paced } from './paced.ts'

const page = Object.assign(new EventTarget(), { hidden: false })
const show = (hidden: boolean) => {
  page.hidden = hidden
  page.dispatchEvent(new Event('visibilitychange'))
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('document', page)
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it('acts soon after it is asked, and once for what is asked meanwhile', () => {
  const act = vi.fn()
  const ask = paced(act)
  ask()
  ask()
  vi.advanceTimersByTime(300)
  expect(act).toHaveBeenCalledTimes(1)
  ask()
  ask()
  vi.advanceTimersByTime(500)
  expect(act).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(500)
  expect(act).toHaveBeenCalledTimes(2)
  vi.advanceTimersByTime(60_000)
  expect(act).toHaveBeenCalledTimes(2)
})

it('asks seldom while an import of a colleague goes on, and once more when it is over', () => {
  const act = vi.fn()
  const ask = paced(act)
  for (let batch = 0; batch < 200; batch++) {
    ask()
    vi.advanceTimersByTime(600)
  }
  expect(act.mock.calls.length).toBeLessThan(15)
  act.mockClear()
  vi.advanceTimersByTime(60_000)
  expect(act).toHaveBeenCalledTimes(1)
  ask()
  vi.advanceTimersByTime(300)
  expect(act).toHaveBeenCalledTimes(2)
})

it('waits while the tab is hidden', () => {
  const act = vi.fn()
  const ask = paced(act)
  show(true)
  ask()
  vi.advanceTimersByTime(60_000)
  ask()
  expect(act).not.toHaveBeenCalled()
  show(false)
  expect(act).toHaveBeenCalledTimes(1)
})
