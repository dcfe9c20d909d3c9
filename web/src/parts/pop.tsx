// Things that float: a popover below its button, and a modal dialog. Both take the focus before the next key arrives and give it back.
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

const FOCUSABLE = 'button:not([disabled]), input:not([disabled]), a[href], select, textarea, [tabindex="0"]';

export function Pop({ label, onClose, children, right, wide }: { label: string; onClose: () => void; children: ComponentChildren; right?: boolean; wide?: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    (box.current?.querySelector<HTMLElement>('[data-first]') ?? box.current?.querySelector<HTMLElement>(FOCUSABLE))?.focus();
    const outside = (e: Event): void => { if (!box.current?.parentElement?.contains(e.target as Node)) onClose(); };
    const key = (e: KeyboardEvent): void => { if (e.key === 'Escape') { e.stopPropagation(); onClose(); } };
    const node = box.current;
    addEventListener('pointerdown', outside, true);
    node?.addEventListener('keydown', key);
    return () => {
      removeEventListener('pointerdown', outside, true);
      node?.removeEventListener('keydown', key);
      if (node?.contains(document.activeElement) || document.activeElement === document.body) before?.focus?.();
    };
  }, []);
  return <div ref={box} class={`pop${right ? ' right' : ''}${wide ? ' wide' : ''}`} role="dialog" aria-label={label}>{children}</div>;
}

export function Modal({ label, onClose, children, top }: { label: string; onClose: () => void; children: ComponentChildren; top?: boolean }) {
  const box = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null, d = box.current!;
    d.showModal();
    d.querySelector<HTMLElement>('[data-first]')?.focus();
    return () => { if (d.open) d.close(); before?.focus?.(); };
  }, []);
  return (
    <dialog ref={box} class={'modal' + (top ? ' top-modal' : '')} aria-label={label}
      onCancel={(e) => { e.preventDefault(); onClose(); }} onClick={(e) => { if (e.target === box.current) onClose(); }}>
      {children}
    </dialog>
  );
}
