// Runs before the first paint, so that a dark screen does not flash white. A file, because the policy forbids inline scripts.
(function () {
  var chosen = null
  try { chosen = localStorage.getItem('vueuse-color-scheme') } catch { /* storage is blocked */ }
  var dark = chosen === 'dark' || ((!chosen || chosen === 'auto') && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.classList.toggle('dark', dark)
})()
