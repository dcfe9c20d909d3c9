import { signal } from '@preact/signals';
/** What floats above the page; one thing at a time. */
export const floating = signal<'palette' | 'help' | 'time' | 'user' | 'more' | null>(null);
