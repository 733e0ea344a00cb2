import { type KeyboardEvent, useId, useLayoutEffect, useState } from 'react';

/**
 * A field with a list of choices under it (the ARIA combobox pattern): the focus stays in the field, arrow keys move
 * through the list, Enter takes the active choice. Spread `field` onto the input, `list(its name)` onto the list, and
 * `option(i)` onto each choice.
 */
export function useListKeys(count: number, onTake: (index: number) => void) {
  const id = useId();
  const [at, setAt] = useState(0);
  const active = Math.min(at, count - 1);

  useLayoutEffect(() => {
    if (active >= 0) document.getElementById(`${id}-${active}`)?.scrollIntoView({ block: 'nearest' });
  }, [id, active]);

  const pressed = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.nativeEvent.isComposing || event.altKey) return;
    if (step !== undefined && count > 0) {
      event.preventDefault();
      setAt((active + step + count) % count);
    } else if (event.key === 'Enter' && active >= 0) {
      event.preventDefault();
      onTake(active);
    }
  };

  return {
    reset: () => setAt(0),
    field: {
      role: 'combobox',
      'aria-expanded': count > 0,
      'aria-controls': id,
      'aria-autocomplete': 'list' as const,
      ...(active >= 0 && { 'aria-activedescendant': `${id}-${active}` }),
      onKeyDown: pressed,
    },
    list: (label: string) => ({ id, role: 'listbox', 'aria-label': label }),
    option: (index: number) => ({
      id: `${id}-${index}`,
      role: 'option',
      'aria-selected': index === active,
      onPointerMove: () => setAt(index),
      // The field keeps the focus.
      onPointerDown: (event: { preventDefault(): void }) => event.preventDefault(),
      onClick: () => onTake(index),
    }),
  };
}
