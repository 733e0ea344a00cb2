import { FileArchive, FileAudio, File as FileIcon, FileText, FileVideo, RotateCw, X } from 'lucide-react';
import { IconButton } from '../kit/IconButton.tsx';
import { sizeOf } from './file-check.ts';
import type { Upload } from './uploads.ts';

interface AttachmentChipsProps {
  uploads: readonly Upload[];
  onRemove: (id: number) => void;
  onRetry: (id: number) => void;
}

/** The files of the message that is being written, and how far each has come. */
export function AttachmentChips({ uploads, onRemove, onRetry }: AttachmentChipsProps) {
  return (
    <ul className="chips" aria-label="Files of this message">
      {uploads.map((upload) => (
        <li key={upload.id} className={`chip ${upload.state}`}>
          {upload.preview === undefined ? (
            <span className="chip-icon" aria-hidden="true">
              {iconOf(upload.type)}
            </span>
          ) : (
            <img className="chip-icon" src={upload.preview} alt="" />
          )}
          <span className="chip-text">
            <bdi className="chip-name" title={upload.name}>
              {upload.name}
            </bdi>
            <span className="chip-state" role={upload.problem === undefined ? undefined : 'alert'}>
              {stateOf(upload)}
            </span>
            {upload.state === 'uploading' && (
              <progress value={upload.progress} max={1} aria-label={`Upload of ${upload.name}`} />
            )}
          </span>
          {upload.state === 'failed' && (
            <IconButton
              size="s"
              label={`Try ${upload.name} again`}
              icon={<RotateCw />}
              onClick={() => onRetry(upload.id)}
            />
          )}
          <IconButton
            size="s"
            label={upload.state === 'uploading' ? `Cancel ${upload.name}` : `Remove ${upload.name}`}
            icon={<X />}
            onClick={() => onRemove(upload.id)}
          />
        </li>
      ))}
    </ul>
  );
}

function stateOf({ state, size, progress, problem }: Upload): string {
  switch (state) {
    case 'waiting':
      return 'Waiting…';
    case 'uploading':
      return `${Math.round(progress * 100)} % of ${sizeOf(size)}`;
    case 'done':
      return sizeOf(size);
    default:
      return problem ?? '';
  }
}

function iconOf(type: string) {
  if (type.startsWith('audio/')) return <FileAudio />;
  if (type.startsWith('video/')) return <FileVideo />;
  if (type === 'application/zip') return <FileArchive />;
  return type.startsWith('text/') || type === 'application/pdf' ? <FileText /> : <FileIcon />;
}
