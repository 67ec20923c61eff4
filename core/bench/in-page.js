// Runs in the page that the bench opens, before the page's own scripts.
/* global document, performance, requestAnimationFrame, getComputedStyle */
const ROW = '.grid-table tbody tr.row'

const usable = new Promise((resolve) => {
  const look = () => {
    const row = document.querySelector(ROW)
    if (row && row.getBoundingClientRect().height > 0) resolve(performance.now())
    else requestAnimationFrame(look)
  }
  look()
})

/** Scrolls `step` pixels in each frame; notes when each frame began and whether it had moved. */
async function scroll(step, forMs) {
  let scroller = document.querySelector(ROW)
  while (getComputedStyle(scroller).overflowY === 'visible') scroller = scroller.parentElement
  const stamps = []
  const began = performance.now()
  let before = scroller.scrollTop
  for (;;) {
    const at = await new Promise((resolve) => { requestAnimationFrame(resolve) })
    stamps.push([at, scroller.scrollTop > before])
    before = scroller.scrollTop
    if (at - began > forMs) break
    scroller.scrollTop += step
  }
  const last = [...document.querySelectorAll(ROW)].at(-1)
  return { stamps, rows: Number(last.getAttribute('aria-rowindex')) - 1 }
}

globalThis.bench = { usable, scroll }
