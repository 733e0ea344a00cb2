/** The shell's dialogs: one is open at a time. */
export type DialogName = 'browse' | 'create' | 'direct' | 'settings' | 'shortcuts' | 'switcher';

export type OpenDialog = (name: DialogName) => void;
