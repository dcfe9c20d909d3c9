// One of a few: a radio group that moves with the arrows.
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';

export function Seg<T extends string>({ label, value, options, onPick }: { label: string; value: T; options: readonly (readonly [T, ComponentChildren])[]; onPick: (v: T) => void }) {
  const box = useRef<HTMLSpanElement>(null);
  const move = (e: KeyboardEvent): void => {
    const d = e.key === 'ArrowRight' || e.key === 'ArrowDown' ? 1 : e.key === 'ArrowLeft' || e.key === 'ArrowUp' ? -1 : 0;
    if (!d) return;
    e.preventDefault(); e.stopPropagation();
    const i = (options.findIndex(([v]) => v === value) + d + options.length) % options.length;
    onPick(options[i]![0]);
    (box.current?.children[i] as HTMLElement | undefined)?.focus();
  };
  return (
    <span class="seg" role="radiogroup" aria-label={label} ref={box} onKeyDown={move}>
      {options.map(([v, text]) => <button type="button" key={v} role="radio" aria-checked={v === value} tabIndex={v === value ? 0 : -1} onClick={() => onPick(v)}>{text}</button>)}
    </span>
  );
}
