// Sets theme and language before the first paint, so that nothing flashes. Not a module: it must block.
;(function () {
  var stored = {}
  try {
    stored = JSON.parse(localStorage.getItem('secumon.preferences') || '{}') || {}
  } catch {
    stored = {}
  }
  var dark = matchMedia('(prefers-color-scheme: dark)').matches
  var theme = stored.theme === 'dark' || stored.theme === 'light' ? stored.theme : dark ? 'dark' : 'light'
  document.documentElement.dataset.theme = theme
  if (stored.language) document.documentElement.lang = stored.language
})()
