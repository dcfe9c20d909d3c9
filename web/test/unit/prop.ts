// Property tests: many inputs from a seed that is printed when one fails.
import assert from 'node:assert/strict';

export type Rng = { next: () => number; int: (n: number) => number; pick: <T>(list: readonly T[]) => T; text: (most: number) => string };
const ODD = ['a', 'b', '0', '=', '&', '+', '%', '#', '?', '/', ':', ',', '-', '..', '\\', '"', "'", ' ', '\n', '{', '}', '[', ']', '(', ')', '~', '|', '$', '<', '>', 'é', '日', '🔔', '\u202e', '\u0000', '%2', '%zz', '__proto__'];

export function rng(seed: number): Rng {
  let a = seed >>> 0;
  const next = (): number => { a = (a + 0x6d2b79f5) | 0; let t = Math.imul(a ^ (a >>> 15), 1 | a); t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t; return ((t ^ (t >>> 14)) >>> 0) / 4294967296; };
  const int = (n: number): number => Math.floor(next() * n);
  return { next, int, pick: (list) => list[int(list.length)]!, text: (most) => Array.from({ length: int(most + 1) }, () => ODD[int(ODD.length)]!).join('') };
}
export function property(runs: number, fn: (r: Rng) => void): void {
  for (let i = 0; i < runs; i++) {
    const seed = (i + 1) * 7919;
    try { fn(rng(seed)); } catch (e) { assert.ok(false, `seed ${seed}: ${(e as Error).message}`); }
  }
}
