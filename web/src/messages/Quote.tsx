import { CornerUpRight } from 'lucide-react';
import { useCallback, useEffect, useSyncExternalStore } from 'react';
import { useName } from '../state/names.ts';
import { useMessageList } from './list-context.ts';
import type { Quoted } from './quotes.ts';
import { RichLine } from './RichText.tsx';
import { isVisible } from './rich-text.ts';

/** What a message answers, on one line above it. A click goes there. */
export function Quote({ seq }: { seq: number }) {
  const { quotes, jumpTo } = useMessageList();
  const read = useCallback(() => quotes.get(seq), [quotes, seq]);
  const quoted = useSyncExternalStore(quotes.subscribe, read);
  useEffect(() => void quotes.want(seq), [quotes, seq]);
  return (
    <button
      type="button"
      className="quote"
      disabled={quoted === 'missing'}
      onClick={() => jumpTo(seq)}
      // Not among the stops of the Tab key: R and the arrow keys walk over messages.
      tabIndex={-1}
    >
      <CornerUpRight aria-hidden="true" />
      <span className="unseen">In answer to </span>
      <QuotedText quoted={quoted} />
    </button>
  );
}

function QuotedText({ quoted }: { quoted: Quoted }) {
  if (quoted === undefined) return <span className="quote-text">…</span>;
  if (quoted === 'missing') return <span className="quote-text">A message that is not there any more</span>;
  return (
    <>
      <Sender id={quoted.sender} name={quoted.senderName} />
      <span className="quote-text" dir="auto">
        {quoted.deletedAt !== undefined ? (
          'This message was deleted.'
        ) : isVisible(quoted.text) ? (
          <RichLine text={quoted.text} />
        ) : (
          filesOf(quoted.attachments?.length ?? 0)
        )}
      </span>
    </>
  );
}

function Sender({ id, name }: { id: string; name: string }) {
  return <bdi className="quote-sender">{useName(id) ?? name}</bdi>;
}

function filesOf(count: number): string {
  return count === 1 ? 'A file' : `${count} files`;
}
