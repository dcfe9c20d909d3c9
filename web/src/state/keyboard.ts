// Carries key presses to whoever answers them: the page's own handlers first, then the frame's.
import { useEffect, useRef } from 'preact/hooks';
import { signal } from '@preact/signals';
import { KEYS } from '../keys.ts';
import { Keys } from '../lib/keymatch.ts';
import { singleKeys } from './theme.ts';

type Handler = (e: KeyboardEvent) => void | false;
const stacks = new Map<string, Handler[]>();
/** Charts as tables, on every page. */
export const asTables = signal(false);

/** Answers actions of the key table while mounted; returning false passes the key on. */
export function useKeys(handlers: Record<string, Handler>): void {
  const latest = useRef(handlers);
  latest.current = handlers;
  useEffect(() => {
    const mine = Object.keys(handlers).map((id): [string, Handler] => [id, (e) => latest.current[id]?.(e)]);
    for (const [id, h] of mine) stacks.set(id, [...(stacks.get(id) ?? []), h]);
    return () => { for (const [id, h] of mine) stacks.set(id, (stacks.get(id) ?? []).filter((x) => x !== h)); };
  }, []);
}

const matcher = new Keys(KEYS);
function inText(e: KeyboardEvent): boolean {
  const t = e.composedPath()[0];
  return t instanceof HTMLElement && (t.isContentEditable || t instanceof HTMLTextAreaElement || t instanceof HTMLSelectElement || (t instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'range'].includes(t.type)));
}
// Keys that a focused control needs for itself.
function ownKey(e: KeyboardEvent): boolean {
  const t = e.composedPath()[0];
  if (!(t instanceof HTMLElement)) return false;
  if (e.key === ' ' || e.key === 'Enter') return t.matches('button, a[href], summary, [role=tab], [role=radio], [role=option], [role=treeitem], [role=checkbox], input');
  return e.key.startsWith('Arrow') && !!t.closest('[role=radiogroup], [role=tablist], [role=tree], [role=listbox], [data-arrows]');
}

export function startKeyboard(): void {
  addEventListener('keydown', (e) => {
    if (e.defaultPrevented || e.isComposing || ['Shift', 'Control', 'Alt', 'Meta'].includes(e.key)) return;
    if (document.querySelector('dialog[open]') && e.key !== 'Escape' && !(e.ctrlKey || e.metaKey)) return;
    if (ownKey(e)) return;
    const id = matcher.press({ key: e.key, ctrl: e.ctrlKey || e.metaKey, alt: e.altKey, shift: e.shiftKey, inText: inText(e), atMs: e.timeStamp }, singleKeys.value);
    if (!id) return;
    for (const h of [...(stacks.get(id) ?? [])].reverse()) if (h(e) !== false) { e.preventDefault(); return; }
  });
}
