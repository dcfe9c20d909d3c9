// One time range for all panels of a page, kept in `t=`; one clock; pause.
import { computed, effect, signal } from '@preact/signals';
import { durationText, isLive, parseRange, rangeText, resolveRange, type Range, type RangeSpec } from '../lib/timespec.ts';
import { page, param, setParams } from './url.ts';

const FALLBACK: RangeSpec = { from: 'now-1h', to: 'now' };

export const paused = signal(false);
export const hidden = signal(document.hidden);
document.addEventListener('visibilitychange', () => { hidden.value = document.hidden; });

/** Server time minus this browser's clock in ms, from the frame's answers. */
export const skewMs = signal(0);
export const serverNow = (): number => Date.now() + skewMs.value;

/** The clock that panels follow: ticks once per refresh of the page, stands still while paused or hidden. */
export const now = signal(serverNow());

export const spec = computed<RangeSpec>(() => {
  const asked = parseRange(param('t'));
  if (asked && resolveRange(asked, Date.now())) return asked;
  return page.value?.range ?? FALLBACK;
});
export const live = computed(() => isLive(spec.value));
export const refreshMs = computed(() => {
  if (param('refresh') === 'off') return 0;
  const asked = /^(\d+)s$/.exec(param('refresh'));
  return asked ? Math.max(1, Number(asked[1])) * 1000 : page.value?.refreshMs ?? 10_000;
});
export const range = computed<Range>(() => resolveRange(spec.value, now.value) ?? { fromMs: now.value - 3_600_000, toMs: now.value });

let timer: ReturnType<typeof setInterval> | undefined;
effect(() => {
  clearInterval(timer);
  const every = refreshMs.value;
  if (paused.value || hidden.value) return;
  now.value = serverNow();
  if (!every) return;
  timer = setInterval(() => { now.value = serverNow(); }, every);
});

export function setRange(s: RangeSpec): void {
  const mine = page.value?.range;
  setParams({ t: mine && rangeText(mine) === rangeText(s) ? undefined : rangeText(s) });
}
const absolute = (fromMs: number, toMs: number): RangeSpec => ({ from: String(Math.round(fromMs)), to: String(Math.round(toMs)) });
export const setAbsolute = (fromMs: number, toMs: number): void => setRange(absolute(fromMs, toMs));

export function shift(direction: 1 | -1): void {
  const { fromMs, toMs } = range.value, by = ((toMs - fromMs) / 2) * direction;
  if (direction > 0 && toMs + by >= serverNow()) { toNow(); return; }
  setAbsolute(fromMs + by, toMs + by);
}
export function toNow(): void {
  const { fromMs, toMs } = range.value;
  paused.value = false;
  setRange({ from: 'now-' + durationText(Math.max(1000, Math.round((toMs - fromMs) / 1000) * 1000)), to: 'now' });
}
export function zoomOut(): void {
  const { fromMs, toMs } = range.value, span = toMs - fromMs;
  if (live.value) setRange({ from: 'now-' + durationText(Math.round(span / 1000) * 2000), to: 'now' });
  else setAbsolute(fromMs - span / 2, Math.min(serverNow(), toMs + span / 2));
}

/** The present URL with relative times made absolute, for sharing. */
export function frozenUrl(): string {
  const u = new URL(location.href), { fromMs, toMs } = range.value;
  if (page.value?.range) u.searchParams.delete('t');
  const t = page.value?.range ? `t=${Math.round(fromMs)}..${Math.round(toMs)}` : '';
  const rest = u.search.replace(/^\?/, '');
  return u.origin + u.pathname + (t || rest ? '?' + [rest, t].filter(Boolean).join('&') : '');
}

/** Where the pointer or the keyboard is in time, shared by every chart of the page. */
export const crossMs = signal<number | null>(null);
