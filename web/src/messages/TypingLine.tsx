import type { Typist } from '#client';
import { listed } from './Reactions.tsx';

/** Who is writing. Its place is kept, so that nothing moves when somebody begins. */
export function TypingLine({ typists }: { typists: readonly Typist[] }) {
  const names = typists.map(({ name }) => name);
  return (
    <div className="typing">
      {names.length > 0 && (
        <>
          <span className="typing-dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          <bdi>{names.length > 3 ? 'Several people' : listed(names)}</bdi>
          {names.length === 1 ? ' is typing…' : ' are typing…'}
        </>
      )}
    </div>
  );
}
