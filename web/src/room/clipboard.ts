import { toast } from '../kit/toast.tsx';

/** Copies, and says so; or says that the browser does not allow it. */
export async function copyToClipboard(text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(done);
  } catch {
    toast('Your browser does not let this page copy.', { kind: 'bad' });
  }
}
