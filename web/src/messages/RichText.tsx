import { memo, type ReactNode } from 'react';
import { useChat } from '../state/chat.ts';
import { useName } from '../state/names.ts';
import { type Block, blocksOf, type Inline, inlinesOf, isEmojiOnly, isVisible } from './rich-text.ts';

/** A message's text, and what is said of it at its end. It reaches the page as text nodes alone, whatever it holds. */
export const RichText = memo(function RichText({ text, end }: { text: string; end?: ReactNode }) {
  if (!isVisible(text)) {
    return text === '' ? end && <p>{end}</p> : <p className="invisible">Nothing that can be seen. {end}</p>;
  }
  if (isEmojiOnly(text)) {
    return (
      <p className="emoji-only" dir="auto">
        {text}
        {end && ' '}
        {end}
      </p>
    );
  }
  const blocks = blocksOf(text);
  const last = blocks.at(-1);
  return (
    <>
      {blocks.map((block, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the blocks of a text never move
        <BlockView key={i} block={block} end={block === last && block.kind === 'lines' && end} />
      ))}
      {last?.kind === 'code' && end && <p>{end}</p>}
    </>
  );
});

/** A text on one line: for quotes and announcements. Its links lead nowhere. */
export function RichLine({ text }: { text: string }) {
  return <Pieces pieces={inlinesOf(text.replaceAll('```', ' '))} linked={false} />;
}

function BlockView({ block, end }: { block: Block; end: ReactNode }) {
  if (block.kind === 'lines') {
    return (
      <p dir="auto">
        <Pieces pieces={block.pieces} linked />
        {end && ' '}
        {end}
      </p>
    );
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard
    <pre tabIndex={0} dir="ltr">
      {block.language && <span className="language">{block.language}</span>}
      <code>
        <Plain text={block.text} />
      </code>
    </pre>
  );
}

function Pieces({ pieces, linked }: { pieces: Inline[]; linked: boolean }) {
  return pieces.map((piece, i) => {
    // The pieces of a text never move: their places are keys.
    switch (piece.kind) {
      case 'text':
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        return <Plain key={i} text={piece.text} />;
      case 'code':
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          <code key={i}>
            <Plain text={piece.text} />
          </code>
        );
      case 'mention':
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        return <Mention key={i} userId={piece.userId} />;
      case 'link':
        return linked ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          <a key={i} href={piece.href} target="_blank" rel="noreferrer noopener nofollow">
            {piece.href}
          </a>
        ) : (
          piece.href
        );
      default:
        return null;
    }
  });
}

/** Characters that turn the direction of what follows: each ends within its own element, and turns nothing. */
function Plain({ text }: { text: string }) {
  if (!/[\u202a-\u202e\u2066-\u2069]/.test(text)) return text;
  return text.split(/([\u202a-\u202e\u2066-\u2069])/).map((part, i) =>
    // Every second part is such a character.
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text never move
    i % 2 === 1 ? <bdi key={i}>{part}</bdi> : part,
  );
}

function Mention({ userId }: { userId: string }) {
  const { me } = useChat();
  const name = useName(userId);
  return (
    <span className={userId === me.id ? 'mention own' : 'mention'} dir="auto">
      @{name ?? 'somebody'}
    </span>
  );
}
