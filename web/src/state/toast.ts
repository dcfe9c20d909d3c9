import { signal } from '@preact/signals';

export interface Toast { id: number; kind: 'ok' | 'error' | 'info'; text: string; detail?: string; action?: { label: string; run: () => void } }
export const toasts = signal<readonly Toast[]>([]);
const SHOWN_MS = 6000;
let next = 1;

export function toast(t: Omit<Toast, 'id'>): void {
  const id = next++;
  toasts.value = [...toasts.value.slice(-3), { ...t, id }];
  if (t.kind !== 'error') setTimeout(() => dismiss(id), SHOWN_MS);
}
export const dismiss = (id: number): void => { toasts.value = toasts.value.filter((t) => t.id !== id); };

export async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast({ kind: 'ok', text: `${what} copied` });
  } catch {
    // Clipboard needs a secure context; over plain http from another machine this older way still works.
    const box = document.createElement('textarea');
    box.value = text; box.className = 'vh';
    document.body.append(box); box.select();
    const done = document.execCommand('copy');
    box.remove();
    toast(done ? { kind: 'ok', text: `${what} copied` } : { kind: 'error', text: 'The browser does not allow copying here', detail: 'Select the text and copy it by hand.' });
  }
}
