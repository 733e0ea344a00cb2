import { ChevronLeft, ChevronRight, Download, ImageOff, X } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { type KeyboardEvent, useState } from 'react';
import { IconButton } from '../kit/IconButton.tsx';
import { Spinner } from '../kit/Spinner.tsx';
import { type Attachment, openFile } from './Attachments.tsx';
import { sizeOf } from './downloads.ts';
import { useAddress } from './use-address.ts';

interface LightboxProps {
  images: readonly Attachment[];
  seq: number;
  /** The id of the image that is shown at first. */
  first: string;
  onClose: () => void;
}

/** A message's images over the whole page. The arrow keys go from one to the next, Escape closes. */
export default function Lightbox({ images, seq, first, onClose }: LightboxProps) {
  const [at, setAt] = useState(() =>
    Math.max(
      0,
      images.findIndex(({ id }) => id === first),
    ),
  );
  const image = images[at];
  if (!image) return null;
  const go = (by: number) => setAt((at + by + images.length) % images.length);
  const pressed = ({ key }: KeyboardEvent) => {
    if (key === 'ArrowLeft') go(-1);
    if (key === 'ArrowRight') go(1);
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="lightbox-ground" />
        <Dialog.Content className="lightbox" aria-describedby={undefined} onKeyDown={pressed}>
          <FullImage key={image.id} image={image} seq={seq} onClose={onClose} />
          {images.length > 1 && (
            <>
              <IconButton
                className="before"
                label="Previous image"
                icon={<ChevronLeft />}
                onClick={() => go(-1)}
              />
              <IconButton
                className="after"
                label="Next image"
                icon={<ChevronRight />}
                onClick={() => go(1)}
              />
            </>
          )}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function FullImage({ image, seq, onClose }: { image: Attachment; seq: number; onClose: () => void }) {
  const { url, failed, load, broken } = useAddress(image.id, seq);
  return (
    <>
      <header>
        <Dialog.Title dir="auto">{image.name}</Dialog.Title>
        <span>{sizeOf(image.size)}</span>
        <IconButton
          label="Download"
          icon={<Download />}
          disabled={!url}
          onClick={() => url && openFile(url, image.name)}
        />
        <IconButton label="Close" icon={<X />} onClick={onClose} />
      </header>
      <div className="stage">
        {failed ? (
          <button type="button" className="image failed" onClick={load}>
            <ImageOff aria-hidden="true" />
            <b>Load again</b>
          </button>
        ) : url ? (
          <img src={url} alt={image.name} width={image.width} height={image.height} onError={broken} />
        ) : (
          <Spinner />
        )}
      </div>
    </>
  );
}
