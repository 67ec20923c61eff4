/** Pages that hear of the same change do not all ask in the same moment. */
const SPREAD_MS = 300
const SOONEST_MS = 1_000
const LATEST_MS = 15_000

/**
 * Does something at most once a second, soon after it is asked for, and never while the tab is hidden. Where every pause brings new
 * requests the pauses grow, to 15 seconds: a colleague's import is not followed batch by batch. After a pause without any they are short again.
 * @returns asks for it
 */
export function paced(act: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let asked = false
  let pause = SOONEST_MS

  function goOn(): void {
    if (asked && document.hidden) return document.addEventListener('visibilitychange', goOn, { once: true })
    if (!asked) {
      timer = undefined
      pause = SOONEST_MS
      return
    }
    asked = false
    act()
    timer = setTimeout(goOn, pause)
    pause = Math.min(2 * pause, LATEST_MS)
  }

  return () => {
    asked = true
    timer ??= setTimeout(goOn, Math.random() * SPREAD_MS)
  }
}
