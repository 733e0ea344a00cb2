import { useSyncExternalStore } from 'react';

/** The parts of the address behind `#/`: what is shown, so that it can be linked to and gone back from. */
export function useRoute(): string[] {
  const hash = useSyncExternalStore(
    (changed) => {
      addEventListener('hashchange', changed);
      return () => removeEventListener('hashchange', changed);
    },
    () => location.hash,
  );
  return hash.replace(/^#\/?/, '').split('/').filter(Boolean).map(decodeURIComponent);
}

export function linkTo(...parts: (string | number)[]): string {
  return `#/${parts.map(encodeURIComponent).join('/')}`;
}
