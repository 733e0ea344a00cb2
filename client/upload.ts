import type { Attachment } from '#shared/contract/attachments.ts';
import { attachmentTypes } from '#shared/contract/file-types.ts';
import { ApiError, type FanfareApi } from './api.ts';

export interface UploadOptions {
  /** Called with the share that was sent, 0 to 1. Without XMLHttpRequest (Node), at the end alone. */
  onProgress?: (share: number) => void;
  signal?: AbortSignal;
  /** Without it, as the platform guesses it by the file's name: `file.type`. */
  type?: Attachment['type'];
  /** Of an image, in pixels: pages reserve its place. */
  width?: number;
  height?: number;
}

/**
 * Puts a file where a message to the room may name it: what it resolves with goes into `attachments` of a send.
 * Rejects with an `ApiError` where the file (its name, type or size) or the person is refused, with the signal's reason
 * where that ended it, else with the network's error.
 */
export async function uploadFile(
  api: Pick<FanfareApi, 'newUpload'>,
  room: string,
  file: Blob & { readonly name: string },
  options: UploadOptions = {},
): Promise<Attachment> {
  const { onProgress, signal, width, height } = options;
  const { name, size } = file;
  const type = attachmentTypes.find((each) => each === (options.type ?? file.type));
  if (!type)
    throw new ApiError(
      400,
      'Invalid request',
      `Files of type ${options.type ?? file.type} cannot be attached`,
    );
  signal?.throwIfAborted();
  const { id, url, fields } = await api.newUpload(room, { name, type, size });
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  // S3 ignores what comes after the file.
  form.append('file', file);
  signal?.throwIfAborted();
  const [status, answer] =
    typeof XMLHttpRequest === 'undefined'
      ? await fetched(url, form, signal)
      : await sent(url, form, signal, onProgress);
  if (status >= 300) {
    throw new ApiError(status, 'Upload refused', /<Message>(.*?)</.exec(answer)?.[1] ?? `Status ${status}`);
  }
  onProgress?.(1);
  return { id, name, type, size, ...(width && height && { width, height }) };
}

async function fetched(url: string, body: FormData, signal?: AbortSignal): Promise<[number, string]> {
  const response = await fetch(url, { method: 'POST', body, ...(signal && { signal }) });
  return [response.status, await response.text()];
}

/** `fetch` tells nothing of how far it is. */
function sent(
  url: string,
  form: FormData,
  signal: AbortSignal | undefined,
  onProgress: UploadOptions['onProgress'],
): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    request.upload.onprogress = ({ loaded, total }) => total && onProgress?.(loaded / total);
    request.onload = () => resolve([request.status, request.responseText]);
    request.onerror = () => reject(new TypeError('The upload did not get through'));
    request.onabort = () => reject(signal?.reason);
    request.onloadend = () => signal?.removeEventListener('abort', abort);
    signal?.addEventListener('abort', abort);
    request.open('POST', url);
    request.send(form);
  });
}
