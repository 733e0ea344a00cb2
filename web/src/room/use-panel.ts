import { useEffect, useState } from 'react';

export type PanelName = 'members' | 'search';

/** Which panel is open beside the room; a second `toggle` closes it. Ctrl F, or Cmd F, searches in the room. */
export function usePanel(): { panel: PanelName | undefined; toggle(panel: PanelName): void; close(): void } {
  const [panel, setPanel] = useState<PanelName>();
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (
        event.key.toLowerCase() !== 'f' ||
        !(event.ctrlKey || event.metaKey) ||
        event.shiftKey ||
        event.altKey
      ) {
        return;
      }
      // Pressed again in the room's own search, it is the browser's: that finds what is on the screen.
      if (document.activeElement?.closest('.panel input')) return;
      if (document.querySelector('[role="dialog"], [role="alertdialog"]')) return;
      event.preventDefault();
      setPanel('search');
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);
  return {
    panel,
    toggle: (wanted) => setPanel(panel === wanted ? undefined : wanted),
    close: () => setPanel(undefined),
  };
}
