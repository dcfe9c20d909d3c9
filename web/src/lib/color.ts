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

/** CIEDE2000. */
export function deltaE(a: Lin, b: Lin): number {
  const [L1, a1, b1] = lab(a), [L2, a2, b2] = lab(b), rad = Math.PI / 180;
  const c7 = ((Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2) ** 7, G = 0.5 * (1 - Math.sqrt(c7 / (c7 + 25 ** 7)));
  const p1 = a1 * (1 + G), p2 = a2 * (1 + G), C1 = Math.hypot(p1, b1), C2 = Math.hypot(p2, b2);
  const hue = (y: number, x: number): number => (x === 0 && y === 0 ? 0 : (Math.atan2(y, x) / rad + 360) % 360);
  const h1 = hue(b1, p1), h2 = hue(b2, p2);
  let dh = h2 - h1;
  if (C1 * C2 === 0) dh = 0; else if (dh > 180) dh -= 360; else if (dh < -180) dh += 360;
  const dH = 2 * Math.sqrt(C1 * C2) * Math.sin((dh / 2) * rad), Lm = (L1 + L2) / 2, Cm = (C1 + C2) / 2;
  const hm = C1 * C2 === 0 ? h1 + h2 : Math.abs(h1 - h2) <= 180 ? (h1 + h2) / 2 : (h1 + h2 + (h1 + h2 < 360 ? 360 : -360)) / 2;
  const T = 1 - 0.17 * Math.cos((hm - 30) * rad) + 0.24 * Math.cos(2 * hm * rad) + 0.32 * Math.cos((3 * hm + 6) * rad) - 0.2 * Math.cos((4 * hm - 63) * rad);
  const SL = 1 + (0.015 * (Lm - 50) ** 2) / Math.sqrt(20 + (Lm - 50) ** 2), SC = 1 + 0.045 * Cm, SH = 1 + 0.015 * Cm * T;
  const RT = -2 * Math.sqrt(Cm ** 7 / (Cm ** 7 + 25 ** 7)) * Math.sin(60 * Math.exp(-(((hm - 275) / 25) ** 2)) * rad);
  const l = (L2 - L1) / SL, c = (C2 - C1) / SC, h = dH / SH;
  return Math.sqrt(l * l + c * c + h * h + RT * c * h);
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
