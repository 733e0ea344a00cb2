import { X } from 'lucide-react';
import { Toast as Radix } from 'radix-ui';
import { useSyncExternalStore } from 'react';
import { IconButton } from './IconButton.tsx';

interface ToastOptions {
  kind?: 'plain' | 'good' | 'bad';
  action?: { label: string; run: () => void };
}

interface Shown extends ToastOptions {
  id: number;
  text: string;
}

let toasts: readonly Shown[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

/** Says something in passing, at the page's edge. What must not be missed belongs into the page itself. */
export function toast(text: string, options: ToastOptions = {}): void {
  // The same thing said twice is said once.
  toasts = [...toasts.filter((shown) => shown.text !== text), { ...options, id: ++lastId, text }].slice(-3);
  tell();
}

/** Shows the toasts. Once in a page. */
export function Toaster() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <Radix.Provider duration={6_000} swipeDirection="right" label="Notice">
      {shown.map(({ id, text, kind = 'plain', action }) => (
        <Radix.Root
          key={id}
          className={`toast ${kind}`}
          type={kind === 'bad' ? 'foreground' : 'background'}
          onOpenChange={(open) => !open && dismiss(id)}
        >
          <Radix.Description dir="auto">{text}</Radix.Description>
          {action && (
            <Radix.Action asChild altText={action.label}>
              <button type="button" className="button quiet size-s" onClick={action.run}>
                {action.label}
              </button>
            </Radix.Action>
          )}
          <Radix.Close asChild>
            <IconButton label="Dismiss" icon={<X />} size="s" />
          </Radix.Close>
        </Radix.Root>
      ))}
      <Radix.Viewport className="toasts" />
    </Radix.Provider>
  );
}

function dismiss(id: number): void {
  toasts = toasts.filter((shown) => shown.id !== id);
  tell();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(): void {
  for (const listener of listeners) listener();
}
