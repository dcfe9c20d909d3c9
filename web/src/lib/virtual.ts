// Which rows of a long list are on screen. Pure.
export interface Window { first: number; count: number; topPx: number; totalPx: number }

// Browsers stop laying out beyond about 33 million px; 16 million is safe in all of them.
export const MAX_PX = 16_000_000;

/** Rows of one height: the slice to draw with `over` rows of slack on either side, and where it sits. */
export function windowOf(rows: number, rowPx: number, scrollPx: number, viewPx: number, over = 8): Window {
  const full = rows * rowPx, totalPx = Math.min(full, MAX_PX);
  // Beyond MAX_PX scrolling is scaled: one pixel stands for more than one row's share.
  const scale = totalPx > viewPx ? Math.max(0, full - viewPx) / (totalPx - viewPx) : 1;
  const at = Math.max(0, Math.min(scrollPx, totalPx - viewPx)) * scale;
  const first = Math.max(0, Math.min(rows, Math.floor(at / rowPx) - over));
  const last = Math.min(rows, Math.ceil((at + viewPx) / rowPx) + over);
  return { first, count: Math.max(0, last - first), topPx: Math.max(0, first * rowPx - at + Math.max(0, Math.min(scrollPx, totalPx - viewPx))), totalPx };
}

/** The scroll position that brings row `index` into view, or the present one if it is. */
export function scrollTo(index: number, rowPx: number, scrollPx: number, viewPx: number): number {
  const top = index * rowPx;
  if (top < scrollPx) return top;
  return top + rowPx > scrollPx + viewPx ? top + rowPx - viewPx : scrollPx;
}
