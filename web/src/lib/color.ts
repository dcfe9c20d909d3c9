// Colour arithmetic: contrast and difference under colour-vision deficiencies (for the tests), and series colours. Pure.

export type Rgb = readonly [number, number, number];  // 0..255
export const parseHex = (hex: string): Rgb => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)) as unknown as Rgb;
const linear = (c: number): number => { const v = c / 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };

/** WCAG 2 relative luminance and contrast. */
export const luminance = (c: Rgb): number => 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);
export function contrast(a: Rgb, b: Rgb): number {
  const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p) as [number, number];
  return (x + 0.05) / (y + 0.05);
}

export type Deficiency = 'protan' | 'deuter' | 'tritan';
// Machado, Oliveira, Fernandes 2009, severity 1, on linear RGB.
const MACHADO: Record<Deficiency, readonly number[]> = {
  protan: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuter: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritan: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};
type Lin = [number, number, number];
export function simulate(c: Rgb, d: Deficiency | null): Lin {
  const [r, g, b] = [linear(c[0]), linear(c[1]), linear(c[2])];
  if (!d) return [r, g, b];
  const m = MACHADO[d];
  return [0, 3, 6].map((i) => Math.min(1, Math.max(0, m[i]! * r + m[i + 1]! * g + m[i + 2]! * b))) as Lin;
}
function lab([r, g, b]: Lin): Lin {
  const f = (t: number): number => (t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 * t + 16) / 116);
  const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047), y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * b), z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** CIE 1976 difference in Lab: the measure the palette was made with. */
export function deltaE(a: Lin, b: Lin): number {
  const [p, q] = [lab(a), lab(b)];
  return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}

export const SERIES_COUNT = 8;
export function hash32(s: string): number {
  let h = 2166136261;
  for (let i = 0; i < s.length; i++) { h ^= s.charCodeAt(i); h = Math.imul(h, 16777619); }
  h ^= h >>> 16; h = Math.imul(h, 0x85ebca6b); h ^= h >>> 13;
  return h >>> 0;
}

/** Keeps each series' colour while it is on screen: colours 1..8, then 0 for "the rest". Earlier keys choose first. */
export class Colours {
  private held = new Map<string, number>();
  assign(keys: readonly string[]): number[] {
    const next = new Map<string, number>(), used = new Set<number>();
    for (const k of keys) { const c = this.held.get(k); if (c && !used.has(c) && used.size < SERIES_COUNT) { next.set(k, c); used.add(c); } }
    // Few series take the palette in its order, which is the most distinct one; many start at their hash.
    for (const k of keys) {
      if (next.has(k)) continue;
      if (used.size >= SERIES_COUNT) { next.set(k, 0); continue; }
      let c = keys.length <= 3 ? 1 : (hash32(k) % SERIES_COUNT) + 1;
      while (used.has(c)) c = (c % SERIES_COUNT) + 1;
      next.set(k, c); used.add(c);
    }
    this.held = next;
    return keys.map((k) => next.get(k)!);
  }
}
