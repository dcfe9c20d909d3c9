// A heatmap in one hue, from ground to bronze; the count on hover.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { heatOf, type Heat } from '../lib/heat.ts';
import type { Matrix } from '../lib/series.ts';
import { timeLabel, timeTicks } from '../lib/ticks.ts';
import { clock } from '../lib/timespec.ts';
import { fmt, type Unit } from '../lib/units.ts';
import { Empty } from '../parts/empty.tsx';
import { dark, token } from '../state/theme.ts';
import { fit } from './canvas.ts';
import { fade } from './chart.tsx';

const LEFT = 64, BOTTOM = 22, TOP = 8, RIGHT = 12;

export function HeatMap({ m, unit, bucketUnit, fromMs, toMs, height, title, native }: { m: Matrix; /** Rows made of native histograms; else `m` has buckets or values. */ native?: Heat | null; unit: Unit; bucketUnit: Unit; fromMs: number; toMs: number; height: number; title: string }) {
  const canvas = useRef<HTMLCanvasElement>(null), [tip, setTip] = useState<{ x: number; y: number; text: string } | null>(null);
  // The bounds of buckets are in the unit of the metric, whatever is counted in them.
  const buckets = !!native || m.series.some((x) => x.labels.le !== undefined), axis = buckets ? bucketUnit : unit;
  const heat = useMemo(() => native ?? heatOf(m, axis, (v) => fmt(v, axis)), [m, axis, native]);
  const isDark = dark.value;
  const draw = (): void => {
    const c = canvas.current, f = c && fit(c);
    if (!f || !heat) return;
    const { g, w, h } = f, pw = w - LEFT - RIGHT, ph = h - TOP - BOTTOM, rh = ph / heat.rows.length;
    const x = (t: number): number => LEFT + ((t - fromMs) / Math.max(1, toMs - fromMs)) * pw, cw = Math.max(1, (m.stepMs / Math.max(1, toMs - fromMs)) * pw);
    const bronze = token('bronze');
    heat.cells.forEach((row, r) => row.forEach((v, i) => {
      if (!v) return;
      g.fillStyle = fade(bronze, 0.08 + 0.92 * Math.sqrt(v / heat.max));
      const x0 = Math.max(LEFT, Math.round(x(m.timesMs[i]!) - cw / 2)), x1 = Math.round(x(m.timesMs[i]!) + cw / 2), y0 = Math.round(TOP + ph - (r + 1) * rh), y1 = Math.round(TOP + ph - r * rh);
      if (x1 > x0) g.fillRect(x0, y0, x1 - x0, Math.max(1, y1 - y0 - 1));
    }));
    g.fillStyle = token('text-3'); g.font = '11px ' + getComputedStyle(c).fontFamily; g.textAlign = 'right'; g.textBaseline = 'middle';
    const every = Math.ceil(heat.rows.length / Math.max(2, Math.floor(ph / 28)));
    heat.rows.forEach((r, i) => { if (i % every === every - 1 || heat.rows.length <= 3) g.fillText(r.label, LEFT - 8, Math.max(TOP + 4, TOP + ph - (i + 1) * rh)); });
    const { step, ticks } = timeTicks(fromMs, toMs, w < 500 ? 5 : 8);
    g.textAlign = 'center'; g.textBaseline = 'alphabetic';
    for (const t of ticks) g.fillText(timeLabel(t, step), Math.min(w - 24, Math.max(LEFT + 12, x(t))), h - 6);
  };
  useEffect(draw, [heat, isDark, fromMs, toMs]);
  useEffect(() => { const seen = new ResizeObserver(draw); if (canvas.current) seen.observe(canvas.current); return () => seen.disconnect(); });
  if (!heat || !heat.max) return <Empty icon="metrics" title="Nothing to colour here">A heatmap needs buckets (sum by (le) of a histogram) or several series.</Empty>;
  const over = (e: PointerEvent): void => {
    const r = canvas.current!.getBoundingClientRect(), pw = r.width - LEFT - RIGHT, ph = r.height - TOP - BOTTOM;
    const t = fromMs + ((e.clientX - r.left - LEFT) / pw) * (toMs - fromMs), i = Math.round((t - (m.timesMs[0] ?? 0)) / m.stepMs), row = Math.floor((1 - (e.clientY - r.top - TOP) / ph) * heat.rows.length), v = heat.cells[row]?.[i];
    const band = heat.rows[row];
    setTip(v == null || !band ? null : { x: e.clientX - r.left, y: e.clientY - r.top, text: `${clock(m.timesMs[i]!, toMs, true)}, ${fmt(band.from, axis)} to ${band.to === Infinity ? '∞' : fmt(band.to, axis)}: ${fmt(v, 'count')} ${heat.what}` });
  };
  return (
    <div class="chart rel">
      <canvas ref={canvas} class="heat" style={{ height: `${height}px` }} role="img" tabIndex={0} aria-label={`${title} as a heatmap of ${heat.what}, at most ${fmt(heat.max, 'count')} in one cell. v shows the table.`} onPointerMove={over} onPointerLeave={() => setTip(null)} />
      {tip && <div class="tip" style={{ left: `${Math.min(tip.x + 12, (canvas.current?.clientWidth ?? 400) - 280)}px`, top: `${tip.y + 12}px` }}>{tip.text}</div>}
    </div>
  );
}
