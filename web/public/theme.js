// Before the first paint: what runs later would show a dark room in white for a moment.
try {
  const theme = localStorage.getItem('fanfare.theme');
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // Storage is blocked: the page follows the system.
}
