import { lazy, Suspense, useEffect } from 'react';
import type { DialogName, OpenDialog } from './dialog-names.ts';

const loadSwitcher = () => import('./QuickSwitcher.tsx');

const Browse = lazy(() => import('./BrowseDialog.tsx'));
const Create = lazy(() => import('./CreateDialog.tsx'));
const Direct = lazy(() => import('./DirectDialog.tsx'));
const Settings = lazy(() => import('./SettingsDialog.tsx'));
const Shortcuts = lazy(() => import('./ShortcutsDialog.tsx'));
const Switcher = lazy(loadSwitcher);

interface DialogsProps {
  open: DialogName | undefined;
  onOpen: OpenDialog;
  onClose: () => void;
  onSignOut: () => void;
}

/** The dialog that is open. Each is loaded when it is first opened, and starts anew each time. */
export function Dialogs({ open, onOpen, onClose, onSignOut }: DialogsProps) {
  // Who knows its keys types on at once: it is there before they do, once the page itself is. Where it cannot be
  // loaded, opening it says so.
  useEffect(() => {
    const timer = setTimeout(() => void loadSwitcher().catch(() => undefined), 2_000);
    return () => clearTimeout(timer);
  }, []);
  const props = { open: true, onOpenChange: (next: boolean) => !next && onClose() };
  return (
    <Suspense>
      {open === 'browse' && <Browse {...props} onOpen={onOpen} />}
      {open === 'create' && <Create {...props} />}
      {open === 'direct' && <Direct {...props} />}
      {open === 'settings' && <Settings {...props} onSignOut={onSignOut} />}
      {open === 'shortcuts' && <Shortcuts {...props} />}
      {open === 'switcher' && <Switcher {...props} />}
    </Suspense>
  );
}
