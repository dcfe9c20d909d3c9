// Virtual rows of one height: only what is on screen is in the page.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { windowOf } from '../lib/virtual.ts';

export function Rows({ count, rowPx, render, role, label, class: c = '', keepInView }: { count: number; rowPx: number; render: (i: number) => ComponentChildren; role?: 'tree' | 'list' | 'rowgroup'; label?: string; class?: string; keepInView?: number }) {
  const box = useRef<HTMLDivElement>(null), [scroll, setScroll] = useState(0), [view, setView] = useState(600);
  useEffect(() => {
    const seen = new ResizeObserver(() => setView(box.current?.clientHeight ?? 600));
    seen.observe(box.current!);
    return () => seen.disconnect();
  }, []);
  useEffect(() => {
    const b = box.current;
    if (!b || keepInView === undefined || keepInView < 0) return;
    const top = keepInView * rowPx;
    if (top < b.scrollTop) b.scrollTop = top; else if (top + rowPx > b.scrollTop + b.clientHeight) b.scrollTop = top + rowPx - b.clientHeight;
  }, [keepInView]);
  const w = windowOf(count, rowPx, scroll, view);
  return (
    <div ref={box} class={'vrows ' + c} role={role} aria-label={label} onScroll={(e) => setScroll(e.currentTarget.scrollTop)}>
      <div class="vpad" style={{ height: `${w.totalPx}px` }}>
        <div class="vwin" style={{ transform: `translateY(${w.topPx}px)` }}>{Array.from({ length: w.count }, (_, i) => render(w.first + i))}</div>
      </div>
    </div>
  );
}
