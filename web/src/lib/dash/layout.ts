// The grid: 24 columns, nothing overlaps, nothing hangs in the air. Pure.
import { COLUMNS } from './model.ts';

export interface Box { x: number; y: number; w: number; h: number }
export const overlap = (a: Box, b: Box): boolean => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
const order = (a: Box, b: Box): number => a.y - b.y || a.x - b.x;
const inside = <T extends Box>(b: T): T => { const w = Math.min(COLUMNS, Math.max(1, b.w)); return { ...b, w, h: Math.max(1, b.h), x: Math.min(COLUMNS - w, Math.max(0, b.x)), y: Math.max(0, b.y) }; };

/** The height of the columns below which a box may not rise; one number a column makes compaction linear. */
function drop(top: number[], b: Box): number {
  let y = 0;
  for (let c = b.x; c < b.x + b.w; c++) y = Math.max(y, top[c]!);
  for (let c = b.x; c < b.x + b.w; c++) top[c] = y + b.h;
  return y;
}

/** Everything rises as far as it can, in reading order. The list keeps its order. */
export function compact<T extends Box>(boxes: readonly T[]): T[] {
  const top = new Array<number>(COLUMNS).fill(0), out = boxes.map((b) => inside(b));
  for (const i of out.map((_, k) => k).sort((a, b) => order(out[a]!, out[b]!) || a - b)) out[i] = { ...out[i]!, y: drop(top, out[i]!) };
  return out;
}

/** Puts one box where it is wanted; what lies there gives way downwards, then everything rises. */
export function put<T extends Box>(boxes: readonly T[], index: number, at: Partial<Box>): T[] {
  const old = boxes[index]!, out = [...boxes], rest = boxes.map((_, i) => i).filter((i) => i !== index).sort((a, b) => order(boxes[a]!, boxes[b]!) || a - b);
  let moved = inside({ ...old, ...at });
  // On its way up it stays below what begins above it, so that one step up passes one neighbour.
  if (moved.y < old.y) for (const i of rest) { const b = inside(boxes[i]!); if (b.y < moved.y && overlap(b, moved)) moved = { ...moved, y: b.y + b.h }; }
  const placed: T[] = [moved];
  out[index] = moved;
  for (const i of rest) {
    let b = inside(boxes[i]!);
    // On its way down what it passes takes its place, if that is free; else it would fall below again.
    if (moved.y > old.y && overlap(b, moved) && b.y >= old.y + old.h) { const up = { ...b, y: b.y - old.h }; if (!placed.some((p) => overlap(p, up))) b = up; }
    for (let hit = placed.find((p) => overlap(p, b)); hit; hit = placed.find((p) => overlap(p, b))) b = { ...b, y: hit.y + hit.h };
    placed.push(b);
    out[i] = b;
  }
  return compact(out);
}

/** The first place in reading order where a box of this size fits. */
export function freePlace(boxes: readonly Box[], w: number, h: number): { x: number; y: number } {
  const bottom = Math.max(0, ...boxes.map((b) => b.y + b.h));
  const ys = [...new Set([0, ...boxes.map((b) => b.y + b.h), ...boxes.map((b) => b.y)])].sort((a, b) => a - b);
  for (const y of ys) for (let x = 0; x + w <= COLUMNS; x++) {
    const here = { x, y, w, h };
    // Only gaps that would not close again: there is something on top, or it is the first line.
    if (!boxes.some((b) => overlap(b, here)) && (y === 0 || boxes.some((b) => b.y + b.h === y && b.x < x + w && x < b.x + b.w))) return { x, y };
  }
  return { x: 0, y: bottom };
}
export const heightOf = (boxes: readonly Box[]): number => Math.max(0, ...boxes.map((b) => b.y + b.h));
