import { useEffect, useRef } from 'react';
import { Avatar } from '../kit/Avatar.tsx';
import type { Option } from './use-completion.ts';

interface CompletionsProps {
  id: string;
  label: string;
  options: readonly Option[];
  active: number;
  onHover: (index: number) => void;
  onChoose: (option: Option) => void;
}

/** The list above the field. The focus stays in the field, which says which option is the active one. */
export function Completions({ id, label, options, active, onHover, onChoose }: CompletionsProps) {
  const chosen = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another active option is another element
  useEffect(() => {
    chosen.current?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  return (
    <div id={id} role="listbox" aria-label={label} className="completions">
      {options.map((option, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/useFocusableInteractive: the field has the keys
        <div
          key={option.key}
          id={`${id}-${index}`}
          ref={index === active ? chosen : null}
          role="option"
          aria-selected={index === active}
          className="completion"
          // The field keeps the focus, and the phone's keyboard stays.
          onMouseDown={(event) => event.preventDefault()}
          onMouseMove={() => index !== active && onHover(index)}
          onClick={() => onChoose(option)}
        >
          {option.kind === 'person' ? (
            <>
              <Avatar
                id={option.userId}
                name={option.name}
                size="s"
                {...(option.online !== undefined && { online: option.online })}
              />
              <bdi>{option.name}</bdi>
            </>
          ) : (
            <>
              <span className="completion-emoji">{option.emoji}</span>
              <span>:{option.name}:</span>
            </>
          )}
        </div>
      ))}
    </div>
  );
}
