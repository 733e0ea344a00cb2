/** What the person chose; `system` follows the device. */
export type Theme = 'system' | 'light' | 'dark';

/** The page's `theme.js` reads the same place before anything is drawn. */
const key = 'fanfare.theme';

export function savedTheme(): Theme {
  const saved = localStorage.getItem(key);
  return saved === 'light' || saved === 'dark' ? saved : 'system';
}

export function saveTheme(theme: Theme): void {
  if (theme === 'system') {
    localStorage.removeItem(key);
    delete document.documentElement.dataset.theme;
  } else {
    localStorage.setItem(key, theme);
    document.documentElement.dataset.theme = theme;
  }
}
