// Where axes put their lines. Pure.
import type { Unit } from './units.ts';

/** The next step of 1-2-2.5-5 at or above `raw`. */
export function niceStep(raw: number): number {
  if (!(raw > 0) || !Number.isFinite(raw)) return 1;
  const p = 10 ** Math.floor(Math.log10(raw)), m = raw / p;
  return (m <= 1 + 1e-9 ? 1 : m <= 2 + 1e-9 ? 2 : m <= 2.5 + 1e-9 ? 2.5 : m <= 5 + 1e-9 ? 5 : 10) * p;
}

const SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400];

/** A step that reads well in the unit: powers of two for binary bytes, clock steps for durations. */
export function unitStep(rawStep: number, unit: Unit): number {
  if (unit === 'bytes' && rawStep >= 1) {
    const p = 1024 ** Math.floor(Math.log2(rawStep) / 10), m = rawStep / p;
    for (const s of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]) if (m <= s + 1e-9) return s * p;
  }
  if (unit === 'seconds' && rawStep > 1) {
    for (const s of SECONDS) if (rawStep <= s) return s;
    return niceStep(rawStep / 86400) * 86400;
  }
  if (unit === 'ratio') return niceStep(rawStep * 100) / 100;
  return niceStep(rawStep);
}

export interface Scale { min: number; max: number; step: number; ticks: number[] }

/** 3 to 6 lines that hold [min, max]. Begins at 0 unless `free` or the values are negative. */
export function yScale(min: number, max: number, unit: Unit, free = false, want = 4): Scale {
  if (!Number.isFinite(min) || !Number.isFinite(max)) { min = 0; max = 1; }
  let low = free ? min : Math.min(0, min), high = free ? max : Math.max(0, max);
  if (high - low <= 0 || high - low < Math.abs(high) * 1e-9) {
    const pad = free ? Math.abs(high) * 0.05 || 1 : Math.abs(high) || 1;
    if (free) { low -= pad; high += pad; } else if (high > 0) low = 0; else if (low < 0) high = 0; else high = 1;
  }
  const step = unitStep((high - low) / want, unit);
  const from = Math.floor(low / step + 1e-9) * step, to = Math.ceil(high / step - 1e-9) * step;
  const ticks: number[] = [];
  for (let i = 0, n = Math.round((to - from) / step); i <= n; i++) ticks.push(clean(from + i * step));
  return { min: from, max: ticks[ticks.length - 1]!, step, ticks };
}
const clean = (v: number): number => (v === 0 ? 0 : Number(v.toPrecision(12)));

const TIME_STEPS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 14400, 21600, 43200, 86400, 172800, 345600, 604800, 1209600, 2592000, 7776000, 15552000, 31536000].map((s) => s * 1000);

/** At most `most` times on round local clock values in [from, to]. */
export function timeTicks(fromMs: number, toMs: number, most = 8, offsetMs = -new Date(toMs).getTimezoneOffset() * 60_000): { step: number; ticks: number[] } {
  const span = Math.max(1, toMs - fromMs);
  let step = TIME_STEPS_MS.find((s) => span / s <= most - 1) ?? niceStep(span / (most - 1) / 31_536_000_000) * 31_536_000_000;
  if (span < 4000) step = Math.max(1, niceStep(span / (most - 1)));
  const ticks: number[] = [];
  for (let t = Math.ceil((fromMs + offsetMs) / step) * step - offsetMs; t <= toMs && ticks.length < most; t += step) ticks.push(t);
  return { step, ticks };
}

const two = (n: number): string => String(n).padStart(2, '0');
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A tick's words: the clock, or the day where a new one begins. */
export function timeLabel(ms: number, stepMs: number): string {
  const d = new Date(ms);
  const midnight = d.getHours() === 0 && d.getMinutes() === 0 && d.getSeconds() === 0;
  if (stepMs >= 86_400_000 * 300) return String(d.getFullYear());
  if (stepMs >= 86_400_000 || midnight) return `${DAYS[d.getDay()]} ${d.getDate()} ${MONTHS[d.getMonth()]}`;
  if (stepMs < 1000) return `${two(d.getMinutes())}:${two(d.getSeconds())}.${String(d.getMilliseconds()).padStart(3, '0')}`;
  return stepMs < 60_000 ? `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}` : `${two(d.getHours())}:${two(d.getMinutes())}`;
}

/** Query step in ms: at most one point a CSS pixel, snapped up to 1-2-5 seconds (10 and 15 s, minutes and hours above that). */
export function queryStep(rangeMs: number, widthPx: number, leastMs = 1000): number {
  const want = Math.max(leastMs, Math.ceil(rangeMs / Math.max(1, widthPx)));
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400];
  for (const s of steps) if (s * 1000 >= want) return s * 1000;
  return Math.ceil(want / 86_400_000) * 86_400_000;
}
