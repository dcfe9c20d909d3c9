// A small chart of one series: canvas, shared cross-hair, summary in words for those who do not see it.
import { effect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { clock } from '../lib/timespec.ts';
import { summarize } from '../lib/series.ts';
import { fmt, raw, show, type Unit } from '../lib/units.ts';
import { dark, token } from '../state/theme.ts';
import { crossMs } from '../state/time.ts';
import { fit, pieces, strokePieces, type Line } from './canvas.ts';

export interface MiniProps extends Line { title: string; unit: Unit; colour: number; fromMs: number; toMs: number; max?: number; note?: string; /** Where an alarm on this begins. */ alarm?: string }

/** The index of the sample nearest to a time, -1 when none lies within 1.5 steps. */
export function nearest(times: readonly number[], at: number, stepMs: number): number {
  let lo = 0, hi = times.length - 1;
  if (hi < 0) return -1;
  while (hi - lo > 1) { const mid = (lo + hi) >> 1; if (times[mid]! < at) lo = mid; else hi = mid; }
  const i = Math.abs(times[lo]! - at) <= Math.abs(times[hi]! - at) ? lo : hi;
  return Math.abs(times[i]! - at) <= 1.5 * stepMs ? i : -1;
}

export function Mini(p: MiniProps) {
  const canvas = useRef<HTMLCanvasElement>(null), latest = useRef(p), value = useRef<HTMLElement>(null), unit = useRef<HTMLElement>(null);
  latest.current = p;
  const sum = summarize(p.values);
  const now = show(lastOf(p.values), p.unit);

  const draw = (): void => {
    const q = latest.current, at = crossMs.peek(), box = canvas.current && fit(canvas.current);
    const hit = at == null ? -1 : nearest(q.timesMs, at, q.stepMs);
    const shown = at == null ? show(lastOf(q.values), q.unit) : show(hit < 0 ? null : q.values[hit], q.unit);
    if (value.current) value.current.textContent = shown.text;
    if (unit.current) unit.current.textContent = shown.unit;
    if (!box) return;
    const { g, w, h } = box, high = Math.max(summarize(q.values).max ?? 0, 0);
    // A fixed top (100 %, all memory) only while the data would not be hidden at the bottom of it.
    const top = q.max && high > q.max * 0.04 ? Math.max(q.max, high) : high * 1.08 || 1;
    const x = (t: number): number => ((t - q.fromMs) / Math.max(1, q.toMs - q.fromMs)) * w, y = (v: number): number => h - 1 - (Math.max(0, v) / top) * (h - 3);
    strokePieces(g, pieces(q, x, y), token('s' + q.colour), h);
    if (at != null && at >= q.fromMs && at <= q.toMs) {
      g.strokeStyle = token('text-3'); g.lineWidth = 1; g.setLineDash([3, 3]);
      g.beginPath(); g.moveTo(Math.round(x(at)) + 0.5, 0); g.lineTo(Math.round(x(at)) + 0.5, h); g.stroke(); g.setLineDash([]);
      const v = hit < 0 ? null : q.values[hit];
      if (v != null) { g.fillStyle = token('s' + q.colour); g.beginPath(); g.arc(x(q.timesMs[hit]!), y(v), 3, 0, 7); g.fill(); }
    }
  };
  useEffect(draw, [p.values, p.fromMs, p.toMs, p.unit, p.max]);
  useEffect(() => {
    const off = effect(() => { void crossMs.value; void dark.value; draw(); });
    const seen = new ResizeObserver(draw);
    seen.observe(canvas.current!);
    return () => { off(); seen.disconnect(); };
  }, []);

  const over = (e: PointerEvent): void => { const q = latest.current, r = canvas.current!.getBoundingClientRect(); crossMs.value = q.fromMs + ((e.clientX - r.left) / r.width) * (q.toMs - q.fromMs); };
  const key = (e: KeyboardEvent): void => {
    if (e.key !== 'ArrowLeft' && e.key !== 'ArrowRight' && e.key !== 'Escape') return;
    e.preventDefault(); e.stopPropagation();
    const q = latest.current;
    if (e.key === 'Escape') { crossMs.value = null; return; }
    const d = (e.key === 'ArrowLeft' ? -1 : 1) * q.stepMs * (e.shiftKey ? 10 : 1);
    crossMs.value = Math.min(q.toMs, Math.max(q.fromMs, (crossMs.peek() ?? q.toMs) + d));
  };
  const words = sum.count ? `${p.title}: now ${fmt(sum.last, p.unit)}, lowest ${fmt(sum.min, p.unit)}, highest ${fmt(sum.max, p.unit)}, ${clock(p.fromMs, p.toMs, true)} to ${clock(p.toMs, p.toMs, true)}` : `${p.title}: ${p.note ?? 'no values in this time'}`;
  return (
    <div class="mini">
      <div class="t"><span title={p.title}>{p.title}</span><b ref={value} title={sum.last == null ? undefined : raw(sum.last, p.unit)}>{now.text}</b><small ref={unit}>{now.unit}</small></div>
      {p.alarm && <a class="ctl sm ghost icon mini-a" href={p.alarm} aria-label={`Alarm on ${p.title}`} title="Alarm on this"><svg class="ico s" aria-hidden="true"><use href="#i-alarms" /></svg></a>}
      <canvas ref={canvas} role="img" aria-label={words} tabIndex={0} data-arrows onPointerMove={over} onPointerLeave={() => { crossMs.value = null; }} onKeyDown={key} onBlur={() => { crossMs.value = null; }} />
      {sum.count === 0 && <span class="mini-none">{p.note ?? 'no values in this time'}</span>}
    </div>
  );
}
const lastOf = (v: readonly (number | null)[]): number | null => { for (let i = v.length - 1; i >= Math.max(0, v.length - 3); i--) if (v[i] != null) return v[i]!; return null; };
