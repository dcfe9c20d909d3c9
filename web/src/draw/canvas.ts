// A canvas as sharp as the screen, and the bare drawing of a line over time.

/** Sizes the canvas to its box; null while it has none. */
export function fit(c: HTMLCanvasElement): { g: CanvasRenderingContext2D; w: number; h: number } | null {
  const w = c.clientWidth, h = c.clientHeight, dpr = devicePixelRatio || 1;
  if (!w || !h) return null;
  const W = Math.round(w * dpr), H = Math.round(h * dpr);
  if (c.width !== W || c.height !== H) { c.width = W; c.height = H; }
  const g = c.getContext('2d');
  if (!g) return null;
  g.setTransform(dpr, 0, 0, dpr, 0, 0);
  g.clearRect(0, 0, w, h);
  return { g, w, h };
}

export interface Line { timesMs: readonly number[]; values: readonly (number | null)[]; stepMs: number }

/** The line in pieces: a piece ends where a value is missing or times lie more than 1.5 steps apart. */
export function pieces(l: Line, x: (t: number) => number, y: (v: number) => number): [number, number][][] {
  const out: [number, number][][] = [];
  let run: [number, number][] = [], last = -Infinity;
  for (let i = 0; i < l.timesMs.length; i++) {
    const v = l.values[i], t = l.timesMs[i]!;
    if (v == null || !Number.isFinite(v) || (run.length && t - last > 1.5 * l.stepMs)) { if (run.length) out.push(run); run = []; if (v == null || !Number.isFinite(v)) continue; }
    run.push([x(t), y(v)]);
    last = t;
  }
  if (run.length) out.push(run);
  return out;
}

export function strokePieces(g: CanvasRenderingContext2D, list: [number, number][][], colour: string, floor: number, width = 1.25, fill = 0.14): void {
  g.lineJoin = 'round'; g.lineWidth = width; g.strokeStyle = colour; g.fillStyle = colour;
  for (const p of list) {
    if (p.length === 1) { g.beginPath(); g.arc(p[0]![0], p[0]![1], 1.5, 0, 7); g.fill(); continue; }
    g.beginPath();
    p.forEach(([a, b], i) => (i ? g.lineTo(a, b) : g.moveTo(a, b)));
    g.stroke();
    if (fill) { g.lineTo(p[p.length - 1]![0], floor); g.lineTo(p[0]![0], floor); g.closePath(); g.globalAlpha = fill; g.fill(); g.globalAlpha = 1; }
  }
}
