// The chart of a query: uPlot for the lines; axes, cross-hair, tooltip, brush and words are ours.
import { effect } from '@preact/signals';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { stack, summarize, type Matrix } from '../lib/series.ts';
import { timeLabel, timeTicks, yScale } from '../lib/ticks.ts';
import { clock, fullTime } from '../lib/timespec.ts';
import { fmt, plural, type Unit } from '../lib/units.ts';
import { dark, token } from '../state/theme.ts';
import { crossMs } from '../state/time.ts';
import { nearest } from './mini.tsx';
import { Tip, type TipRow } from './tip.tsx';

/** A line across at a value, in the colour of its token. */
export interface Limit { value: number; token: string; word?: string }
/** A time to be told apart: in ALARM. */
export interface Shade { fromMs: number; toMs: number; token: string }
export interface ChartProps {
  m: Matrix; names: readonly string[]; colours: readonly number[]; unit: Unit; fromMs: number; toMs: number; height: number; stacked?: boolean; free?: boolean;
  /** How values are drawn; fixed ends of the axis; limits to draw across. */
  draw?: 'lines' | 'area' | 'bars'; low?: number | null; high?: number | null; limits?: readonly Limit[]; shades?: readonly Shade[];
  /** Index of the series brought out, -1 for none. */
  chosen: number; onChoose: (i: number) => void;
  brush: { fromMs: number; toMs: number } | null; onBrush: (b: { fromMs: number; toMs: number } | null) => void;
  onZoom: (fromMs: number, toMs: number) => void; onBack: () => void; title: string;
}
const TIP_ROWS = 12, PAD_LEFT = 56;
export const colourOf = (c: number): string => (c ? token('s' + c) : token('s8'));

/** Points with no neighbour, which a line alone would not show. */
function lonely(values: ArrayLike<number | null | undefined>): number[] {
  const out: number[] = [];
  for (let i = 0; i < values.length; i++) if (values[i] != null && values[i - 1] == null && values[i + 1] == null) out.push(i);
  return out;
}

export function Chart(p: ChartProps) {
  const box = useRef<HTMLDivElement>(null), plot = useRef<uPlot | null>(null), latest = useRef(p);
  latest.current = p;
  const [at, setAt] = useState(-1), [near, setNear] = useState(-1), [leftHalf, setLeftHalf] = useState(false);
  const isDark = dark.value;

  // Infinity has no place on an axis; like NaN it is a gap here and a word in the table.
  const clean = useMemo(() => p.m.series.map((s) => s.values.map((v) => (v == null || !Number.isFinite(v) ? null : v))), [p.m]);
  const bars = p.draw === 'bars';
  // Stacked bars are drawn from the tallest sum down, each over the one before, so their sums run from the other end.
  const rows = useMemo(() => (!p.stacked ? clean : bars ? stack([...clean].reverse()).reverse() : stack(clean)), [clean, p.stacked, bars]);
  const scale = useMemo(() => {
    let min = Infinity, max = -Infinity;
    for (const r of rows) for (const v of r) if (v != null) { if (v < min) min = v; if (v > max) max = v; }
    for (const l of p.limits ?? []) if (min <= max) { min = Math.min(min, l.value); max = Math.max(max, l.value); }
    const y = yScale(p.low ?? min, p.high ?? max, p.unit, p.low != null || p.high != null || (p.free && !p.stacked));
    return { ...y, min: p.low ?? y.min, max: p.high ?? y.max };
  }, [rows, p.unit, p.free, p.stacked, p.low, p.high, p.limits]);
  const shape = `${p.m.series.length}|${p.stacked}|${p.draw}|${isDark}|${p.colours.join()}|${p.height}`;
  const live = useRef({ scale, rows, clean });
  live.current = { scale, rows, clean };

  useEffect(() => {
    const el = box.current!;
    const dim = (i: number): boolean => { const c = latest.current.chosen; return c >= 0 && c !== i; };
    const axis = { stroke: token('text-3'), font: '11px ' + getComputedStyle(document.body).fontFamily, ticks: { show: false } };
    const u = new uPlot({
      width: Math.max(120, el.clientWidth), height: p.height, padding: [10, 20, 0, 0], legend: { show: false },
      scales: { x: { time: false, range: () => [latest.current.fromMs, latest.current.toMs] }, y: { range: () => [live.current.scale.min, live.current.scale.max] } },
      axes: [
        { ...axis, grid: { show: false }, size: 26, gap: 6, splits: () => timeTicks(latest.current.fromMs, latest.current.toMs, el.clientWidth < 500 ? 5 : 8).ticks, values: (_, s) => { const { step } = timeTicks(latest.current.fromMs, latest.current.toMs, el.clientWidth < 500 ? 5 : 8); return s.map((t) => timeLabel(t, step)); } },
        { ...axis, grid: { stroke: token('grid'), width: 1 }, size: PAD_LEFT, gap: 8, splits: () => live.current.scale.ticks, values: (_, s) => s.map((v) => (v === 0 ? '0' : fmt(v, latest.current.unit))) },
      ],
      series: [{}, ...p.m.series.map((_, i) => ({
        stroke: () => (dim(i) ? fade(colourOf(p.colours[i]!), 0.25) : p.colours[i] ? colourOf(p.colours[i]!) : latest.current.chosen === i ? colourOf(0) : fade(colourOf(0), 0.6)), width: bars ? 0 : p.stacked ? 1 : 1.5, spanGaps: false,
        ...(bars ? { paths: uPlot.paths.bars!({ size: [0.85, 48] }), fill: () => fade(colourOf(p.colours[i]!), dim(i) ? 0.2 : p.stacked ? 1 : 0.75) } : p.draw === 'area' && !p.stacked ? { fill: () => fade(colourOf(p.colours[i]!), dim(i) ? 0.04 : 0.14) } : {}),
        ...(p.stacked && !bars && i === 0 ? { fill: () => fade(colourOf(p.colours[0]!), 0.5) } : {}),
        points: { show: !bars, size: 5, filter: (_u: uPlot, si: number) => lonely(live.current.rows[si - 1] ?? []) },
      } as uPlot.Series))],
      bands: p.stacked && !bars ? p.m.series.slice(1).map((_, i) => ({ series: [i + 2, i + 1] as [number, number], fill: () => fade(colourOf(p.colours[i + 1]!), dim(i + 1) ? 0.15 : 0.5) })) : [],
      cursor: { drag: { x: true, y: false, setScale: false, dist: 4 }, points: { size: 7, fill: (_u, si) => colourOf(p.colours[si - 1] ?? 0) }, y: false, focus: { prox: 1e6 }, bind: { dblclick: () => () => { latest.current.onBrush(null); latest.current.onBack(); return null; } } },
      focus: { alpha: 1 },
      hooks: {
        setCursor: [(c) => {
          const i = c.cursor.idx ?? -1, inside = (c.cursor.left ?? -1) >= 0;
          setAt(inside ? i : -1); setLeftHalf((c.cursor.left ?? 0) < c.bbox.width / devicePixelRatio / 2);
          const t = inside && i >= 0 ? (latest.current.m.timesMs[i] ?? null) : null;
          if (t !== crossMs.peek()) crossMs.value = t;
        }],
        setSeries: [(_u, i) => setNear(i == null ? -1 : i - 1)],
        setSelect: [(c) => {
          if (c.select.width < 4) return;
          const a = c.posToVal(c.select.left, 'x'), b = c.posToVal(c.select.left + c.select.width, 'x');
          c.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          latest.current.onBrush({ fromMs: a, toMs: b });
        }],
        drawClear: [(c) => { for (const x of latest.current.shades ?? []) paintShade(c, x); const b = latest.current.brush; if (b) paintBrush(c, b); }],
        draw: [(c) => { for (const l of latest.current.limits ?? []) paintLimit(c, l, latest.current.unit); }],
      },
    }, [p.m.timesMs, ...rows] as uPlot.AlignedData, el);
    plot.current = u;
    const size = new ResizeObserver(() => { if (el.clientWidth) u.setSize({ width: Math.max(120, el.clientWidth), height: latest.current.height }); });
    size.observe(el);
    const off = effect(() => {
      const t = crossMs.value;
      if (t == null) { if ((u.cursor.left ?? -1) >= 0) u.setCursor({ left: -10, top: -10 }, false); return; }
      const i = nearest(latest.current.m.timesMs, t, latest.current.m.stepMs);
      if (i < 0 || u.cursor.idx === i) return;
      u.setCursor({ left: u.valToPos(latest.current.m.timesMs[i]!, 'x'), top: u.cursor.top != null && u.cursor.top >= 0 ? u.cursor.top : 20 }, false);
      setAt(i); setLeftHalf((u.cursor.left ?? 0) < u.bbox.width / devicePixelRatio / 2);
    });
    return () => { off(); size.disconnect(); u.destroy(); plot.current = null; };
  }, [shape]);

  useEffect(() => { plot.current?.setData([p.m.timesMs, ...rows] as uPlot.AlignedData); }, [rows, p.fromMs, p.toMs, scale]);
  useEffect(() => { plot.current?.redraw(true); }, [p.chosen, p.brush, p.unit, p.limits, p.shades]);

  const wheel = (e: WheelEvent): void => {
    const u = plot.current;
    if (!e.shiftKey || !u) return;
    e.preventDefault();
    const r = u.over.getBoundingClientRect(), t = u.posToVal(e.clientX - r.left, 'x'), k = (e.deltaY || e.deltaX) > 0 ? 1.25 : 0.8;
    p.onZoom(t - (t - p.fromMs) * k, t + (p.toMs - t) * k);
  };
  const key = (e: KeyboardEvent): void => {
    const d = e.key === 'ArrowLeft' ? -1 : e.key === 'ArrowRight' ? 1 : 0;
    if (e.key === 'Escape' && (p.brush || crossMs.peek() != null)) { e.preventDefault(); e.stopPropagation(); p.onBrush(null); crossMs.value = null; return; }
    if (!d) return;
    e.preventDefault(); e.stopPropagation();
    // The first press shows the newest values there are, which need not be at the end of the range.
    const at = crossMs.peek(), newest = p.m.timesMs.findLastIndex((_, i) => clean.some((r) => r[i] != null));
    const from = at ?? p.m.timesMs[newest] ?? p.toMs, to = at == null ? from : Math.min(p.toMs, Math.max(p.fromMs, from + d * p.m.stepMs * (e.ctrlKey ? 10 : 1)));
    crossMs.value = to;
    if (e.shiftKey) { const b = p.brush, anchor = b ? (Math.abs(b.fromMs - from) < Math.abs(b.toMs - from) ? b.toMs : b.fromMs) : from; p.onBrush({ fromMs: Math.min(anchor, to), toMs: Math.max(anchor, to) }); }
  };

  const tip: TipRow[] = at < 0 ? [] : p.m.series.flatMap((s, i) => { const v = s.values[at]; return v == null ? [] : [{ i, name: p.names[i]!, colour: p.colours[i]!, value: v }]; }).sort((a, b) => b.value - a.value);
  const all = summarize(clean.flat());
  const words = `${p.title}: ${plural(p.m.series.length, 'series', 'series')}, ${clock(p.fromMs, p.toMs)} to ${clock(p.toMs, p.toMs)}${all.count ? `, from ${fmt(all.min, p.unit)} to ${fmt(all.max, p.unit)}` : ', no values'}. Arrows move the cross-hair, with Shift they choose a part, v shows the table.`;
  return (
    <div class="chart rel" tabIndex={0} data-arrows role="group" aria-label={words} onWheel={wheel} onKeyDown={key} onBlur={() => { crossMs.value = null; }} onPointerLeave={() => { crossMs.value = null; setAt(-1); }}
      onClick={(e) => { if (e.detail === 1 && near >= 0 && (e.target as Element).classList.contains('u-over') && !getSelection()?.toString() && e.altKey) p.onChoose(near === p.chosen ? -1 : near); }}>
      <div ref={box} role="img" aria-label={words} />
      {at >= 0 && tip.length > 0 && <Tip rows={tip.slice(0, TIP_ROWS)} more={tip.length - TIP_ROWS} bold={near} unit={p.unit} title={clock(p.m.timesMs[at]!, p.toMs, true)} full={fullTime(p.m.timesMs[at]!)} right={leftHalf} inset={PAD_LEFT + 16} />}
    </div>
  );
}

export function fade(colour: string, alpha: number): string {
  const m = /rgba?\(([\d.]+)[, ]+([\d.]+)[, ]+([\d.]+)/.exec(colour);
  return m ? `rgba(${m[1]}, ${m[2]}, ${m[3]}, ${alpha})` : colour;
}

function paintLimit(u: uPlot, l: Limit, unit: Unit): void {
  const { ctx, bbox } = u, y = Math.round(u.valToPos(l.value, 'y', true)), dpr = devicePixelRatio;
  if (y < bbox.top || y > bbox.top + bbox.height) return;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = token(l.token); ctx.lineWidth = dpr; ctx.setLineDash([5 * dpr, 3 * dpr]);
  ctx.beginPath(); ctx.moveTo(bbox.left, y + 0.5); ctx.lineTo(bbox.left + bbox.width, y + 0.5); ctx.stroke();
  ctx.font = `${11 * dpr}px ${getComputedStyle(document.body).fontFamily}`; ctx.textAlign = 'right'; ctx.textBaseline = y - bbox.top < 16 * dpr ? 'top' : 'bottom';
  const words = (l.word ? l.word + ' ' : '') + fmt(l.value, unit), wide = ctx.measureText(words).width, below = ctx.textBaseline === 'top';
  ctx.fillStyle = fade(token('surface'), 0.75); ctx.fillRect(bbox.left + bbox.width - 6 * dpr - wide, y + (below ? 1 : -15) * dpr, wide + 4 * dpr, 14 * dpr); ctx.fillStyle = token(l.token);
  ctx.fillText(words, bbox.left + bbox.width - 4 * dpr, y + (ctx.textBaseline === 'top' ? 3 : -2) * dpr);
  ctx.restore();
}

function paintShade(u: uPlot, s: Shade): void {
  const { ctx, bbox } = u, x0 = Math.max(bbox.left, u.valToPos(s.fromMs, 'x', true)), x1 = Math.min(bbox.left + bbox.width, Math.max(x0 + devicePixelRatio, u.valToPos(s.toMs, 'x', true)));
  if (x1 <= x0) return;
  ctx.save(); ctx.fillStyle = fade(token(s.token), 0.12); ctx.fillRect(x0, bbox.top, x1 - x0, bbox.height); ctx.restore();
}

function paintBrush(u: uPlot, b: { fromMs: number; toMs: number }): void {
  const { ctx, bbox } = u, x0 = Math.max(bbox.left, u.valToPos(b.fromMs, 'x', true)), x1 = Math.min(bbox.left + bbox.width, u.valToPos(b.toMs, 'x', true));
  if (x1 <= x0) return;
  ctx.save();
  ctx.fillStyle = fade(token('bronze'), 0.1); ctx.fillRect(x0, bbox.top, x1 - x0, bbox.height);
  ctx.fillStyle = token('bronze'); ctx.fillRect(x0, bbox.top, devicePixelRatio, bbox.height); ctx.fillRect(x1 - devicePixelRatio, bbox.top, devicePixelRatio, bbox.height);
  ctx.restore();
}
