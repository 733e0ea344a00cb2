import { Download, File, FileArchive, FileAudio, FileText, FileVideo, ImageOff } from 'lucide-react';
import { type CSSProperties, lazy, Suspense, useState } from 'react';
import type { Message } from '#client';
import { reasonOf } from '../kit/reason.ts';
import { Spinner } from '../kit/Spinner.tsx';
import { toast } from '../kit/toast.tsx';
import { useChat } from '../state/chat.ts';
import { addressOf, shownSize, sizeOf } from './downloads.ts';
import { useMessageList } from './list-context.ts';
import { useAddress } from './use-address.ts';

const Lightbox = lazy(() => import('./Lightbox.tsx'));

export type Attachment = NonNullable<Message['attachments']>[number];

interface AttachmentsProps {
  files: readonly Attachment[];
  /** The message's place; undefined while it is on its way, when nobody can load its files yet. */
  seq: number | undefined;
}

export function Attachments({ files, seq }: AttachmentsProps) {
  const [opened, setOpened] = useState<string>();
  const images = files.filter(isImage);
  const others = files.filter((file) => !isImage(file));
  const most = images.length > 1 ? { width: 240, height: 200 } : { width: 420, height: 320 };
  return (
    <div className="attachments">
      {images.length > 0 && (
        <div className="images">
          {images.map((image) => (
            <Image key={image.id} image={image} seq={seq} most={most} onOpen={() => setOpened(image.id)} />
          ))}
        </div>
      )}
      {others.map((file) => (
        <FileCard key={file.id} file={file} seq={seq} />
      ))}
      {opened !== undefined && seq !== undefined && (
        <Suspense fallback={null}>
          <Lightbox images={images} seq={seq} first={opened} onClose={() => setOpened(undefined)} />
        </Suspense>
      )}
    </div>
  );
}

interface ImageProps {
  image: Attachment;
  seq: number | undefined;
  most: { width: number; height: number };
  onOpen: () => void;
}

function Image({ image, seq, most, onOpen }: ImageProps) {
  const { url, failed, load, broken } = useAddress(image.id, seq);
  const [loaded, setLoaded] = useState(false);
  const { width, height } = shownSize(image, most);
  const style: CSSProperties = { width, aspectRatio: `${width} / ${height}` };
  if (failed) {
    return (
      <button type="button" className="image failed" style={style} onClick={load}>
        <ImageOff aria-hidden="true" />
        <span dir="auto">{image.name}</span>
        <b>Load again</b>
      </button>
    );
  }
  return (
    <button
      type="button"
      className="image"
      style={style}
      data-loaded={loaded}
      aria-label={`Image ${image.name}`}
      disabled={!url}
      onClick={onOpen}
    >
      {!loaded && <Spinner />}
      {url && (
        <img src={url} alt={image.name} decoding="async" onLoad={() => setLoaded(true)} onError={broken} />
      )}
    </button>
  );
}

function FileCard({ file, seq }: { file: Attachment; seq: number | undefined }) {
  const { client } = useChat();
  const { room } = useMessageList();
  const [busy, setBusy] = useState(false);
  const Icon = iconOf(file.type);

  const download = async () => {
    if (seq === undefined) return;
    setBusy(true);
    try {
      openFile(await addressOf(client.api, { room: room.id, seq, id: file.id }), file.name);
    } catch (error) {
      toast(`${file.name} could not be downloaded. ${reasonOf(error)}`, { kind: 'bad' });
    } finally {
      setBusy(false);
    }
  };

  return (
    <button
      type="button"
      className="file"
      disabled={seq === undefined || busy}
      aria-label={`Download ${file.name}, ${sizeOf(file.size)}`}
      onClick={() => void download()}
    >
      <span className="file-icon">
        <Icon aria-hidden="true" />
      </span>
      <span className="file-text">
        <span className="file-name" dir="auto">
          {file.name}
        </span>
        <span className="file-size">{sizeOf(file.size)}</span>
      </span>
      {busy ? <Spinner /> : <Download className="file-download" aria-hidden="true" />}
    </button>
  );
}

/** In a tab of its own where the browser shows it: the page stays. */
export function openFile(url: string, name: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.target = '_blank';
  link.rel = 'noopener noreferrer';
  link.click();
}

function isImage({ type }: Attachment): boolean {
  return type.startsWith('image/');
}

function iconOf(type: string) {
  if (type.startsWith('audio/')) return FileAudio;
  if (type.startsWith('video/')) return FileVideo;
  if (type === 'application/zip') return FileArchive;
  return type.startsWith('text/') || type === 'application/pdf' ? FileText : File;
}
