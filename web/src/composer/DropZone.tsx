import { Upload } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';

/** Takes files that are dropped anywhere on the page, and says so while they are over it. */
export function DropZone({ title, onFiles }: { title: string; onFiles: (files: readonly File[]) => void }) {
  const [over, setOver] = useState(false);
  const latest = useRef(onFiles);
  latest.current = onFiles;

  useEffect(() => {
    // Entering a child comes before leaving its parent: the page is left once all that was entered is.
    let entered = 0;
    const listeners = new AbortController();
    const on = (name: 'dragenter' | 'dragover' | 'dragleave' | 'drop', run: (event: DragEvent) => void) =>
      document.addEventListener(
        name,
        (event) => {
          if (!event.dataTransfer?.types.includes('Files') || inDialog()) return;
          event.preventDefault();
          run(event);
        },
        { signal: listeners.signal },
      );
    on('dragenter', () => {
      entered++;
      setOver(true);
    });
    on('dragover', ({ dataTransfer }) => {
      if (dataTransfer) dataTransfer.dropEffect = 'copy';
    });
    on('dragleave', () => {
      entered = Math.max(0, entered - 1);
      if (entered === 0) setOver(false);
    });
    on('drop', ({ dataTransfer }) => {
      entered = 0;
      setOver(false);
      latest.current([...(dataTransfer?.files ?? [])]);
    });
    return () => listeners.abort();
  }, []);

  if (!over) return null;
  return (
    <div className="drop-zone" role="status">
      <Upload aria-hidden="true" />
      <p>
        Drop files to attach them to a message to <bdi>{title}</bdi>
      </p>
    </div>
  );
}

/** A dialog is about something else than the room's next message. */
function inDialog(): boolean {
  return document.querySelector('.overlay') !== null;
}
