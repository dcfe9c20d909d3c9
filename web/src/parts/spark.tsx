// At most 60 points, from zero unless that hides everything, no axis.
const MAX_POINTS = 60;

export function Spark({ v, w, h, c, line, fluid, max, min = 0 }: { v: readonly (number | null)[]; w: number; h: number; c: string; line?: boolean; fluid?: boolean; max?: number; min?: number }) {
  const step = Math.max(1, Math.ceil(v.length / MAX_POINTS));
  const pts: [number, number | null][] = [];
  for (let i = 0; i < v.length; i += step) {
    let top: number | null = null;
    for (let j = i; j < Math.min(v.length, i + step); j++) { const x = v[j]; if (x != null && Number.isFinite(x) && (top === null || Math.abs(x) > Math.abs(top))) top = x; }
    pts.push([i / Math.max(1, v.length - 1), top]);
  }
  const seen = pts.flatMap(([, y]) => (y === null ? [] : [y]));
  const high = max ?? Math.max(...seen, 0) * 1.05, low = Math.min(min, ...seen), span = high - low || 1;
  const segs: string[] = [], areas: string[] = [];
  let run: string[] = [], x0 = 0, x1 = 0;
  const flush = (): void => {
    if (run.length === 1) run.push(run[0]!.replace(/^[\d.]+/, (x) => String(Number(x) + 1)));
    if (run.length > 1) { segs.push('M' + run.join('L')); areas.push(`M${run.join('L')}L${x1} ${h}L${x0} ${h}z`); }
    run = [];
  };
  for (const [fx, y] of pts) {
    if (y === null) { flush(); continue; }
    const x = +(fx * w).toFixed(1);
    if (!run.length) x0 = x;
    x1 = x;
    run.push(`${x} ${(h - 1 - ((y - low) / span) * (h - 2)).toFixed(1)}`);
  }
  flush();
  return (
    <svg class={'spark ' + c} width={fluid ? '100%' : w} height={h} viewBox={`0 0 ${w} ${h}`} preserveAspectRatio="none" aria-hidden="true">
      {!line && <path class="ar" d={areas.join('')} />}
      <path class="ln" d={segs.join('')} vector-effect="non-scaling-stroke" />
    </svg>
  );
}
