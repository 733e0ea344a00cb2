import type { CSSProperties } from 'react';

interface AvatarProps {
  id: string;
  name: string;
  /** With a dot that tells whether they are there. */
  online?: boolean;
  size?: 's' | 'm' | 'l';
}

/** A person's initials on a colour that stays theirs. The name stands beside it for those who cannot see it. */
export function Avatar({ id, name, online, size = 'm' }: AvatarProps) {
  const style: CSSProperties & Record<'--hue', number> = { '--hue': hueOf(id) };
  return (
    <span className={`avatar size-${size}`} style={style}>
      <span aria-hidden="true">{initials(name)}</span>
      {online !== undefined && (
        <span className="dot" data-online={online}>
          <span className="unseen">{online ? 'online' : 'offline'}</span>
        </span>
      )}
    </span>
  );
}

/** `Ada Lovelace` → `AL`, `bob` → `B`. Whole characters, also outside the basic plane. */
export function initials(name: string): string {
  const words = name
    .trim()
    .split(/[\s._-]+/)
    .filter(Boolean);
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return (
    ends
      .map((word) => Array.from(word ?? '')[0] ?? '')
      .join('')
      .toLocaleUpperCase() || '?'
  );
}

/** FNV-1a, spread around the circle by the golden angle, so that similar ids get different colours. */
export function hueOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193) >>> 0;
  return Math.round((hash * 137.508) % 360);
}
