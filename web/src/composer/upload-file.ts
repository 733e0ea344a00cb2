import type { FanfareApi } from '#client';
import type { Attachment } from '#shared/contract/attachments.ts';
import { typeOf } from './file-check.ts';

interface UploadOptions {
  onProgress: (fraction: number) => void;
  signal: AbortSignal;
  width?: number;
  height?: number;
}

/** Puts a file where a message can refer to it. Rejects with an `ApiError`, or the signal's reason. */
export async function uploadFile(
  api: FanfareApi,
  room: string,
  file: File,
  { onProgress, signal, width, height }: UploadOptions,
): Promise<Attachment> {
  const { name, size } = file;
  const type = typeOf(file);
  if (!type) throw new Error('This kind of file cannot be sent');
  const { id, url, fields } = await api.newUpload(room, { name, type, size });
  signal.throwIfAborted();
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  form.append('file', file);
  await new Promise<void>((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', url);
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onload = () =>
      request.status < 300 ? resolve() : reject(new Error('The file store refused the file'));
    request.onerror = () => reject(new TypeError('The file store cannot be reached'));
    request.onabort = () => reject(signal.reason);
    signal.addEventListener('abort', () => request.abort());
    request.send(form);
  });
  return { id, name, type, size, ...(width && { width }), ...(height && { height }) };
}
