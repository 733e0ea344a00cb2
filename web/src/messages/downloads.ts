import type { FanfareApi } from '#client';

type DownloadApi = Pick<FanfareApi, 'download'>;

/** An address that ends within this time is asked for anew: loading takes a while, too. */
const marginMs = 30_000;

const known = new Map<string, Promise<{ url: string; expiresAt: number }>>();

/**
 * Where an attachment is. Addresses hold for some minutes and are kept so long, so that scrolling back and forth loads
 * nothing twice; `anew` asks for another one. Rejects as the API does.
 */
export async function addressOf(
  api: DownloadApi,
  { room, seq, id }: { room: string; seq: number; id: string },
  anew = false,
): Promise<string> {
  const kept = anew ? undefined : known.get(id);
  if (kept) {
    const { url, expiresAt } = await kept;
    if (expiresAt - marginMs > Date.now()) return url;
  }
  const asked = api.download(room, seq, id);
  known.set(id, asked);
  try {
    return (await asked).url;
  } catch (error) {
    known.delete(id);
    throw error;
  }
}

/** `1.4 MB`. */
export function sizeOf(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** power;
  return new Intl.NumberFormat(undefined, {
    style: 'unit',
    unit: units[power] ?? 'byte',
    unitDisplay: 'short',
    maximumFractionDigits: value < 10 && power > 0 ? 1 : 0,
  }).format(value);
}

/** How large an image is shown, in CSS pixels, so that its place is there before it is. */
export function shownSize(
  { width, height }: { width?: number | undefined; height?: number | undefined },
  most: { width: number; height: number },
): { width: number; height: number } {
  if (!width || !height) return { width: Math.min(260, most.width), height: Math.min(180, most.height) };
  const scale = Math.min(1, most.width / width, most.height / height);
  // Of a panorama, a strip that can be seen and clicked.
  return { width: Math.max(48, Math.round(width * scale)), height: Math.max(48, Math.round(height * scale)) };
}
