// Time ranges as people write them and as the URL keeps them: `now-1h`, `yesterday 14:00`, `2026-11-22T14:00`, epoch ms. Pure.

export interface RangeSpec { from: string; to: string }
export interface Range { fromMs: number; toMs: number }

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_536_000_000 };

/** `1h30m` to milliseconds; null when it is no duration. */
export function parseDuration(text: string): number | null {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)\s*(ms|min|s|m|h|d|w|y)/g)];
  if (!parts.length || parts.map((p) => p[0]).join('').replace(/\s/g, '') !== text.replace(/\s/g, '')) return null;
  return parts.reduce((sum, p) => sum + Number(p[1]) * UNIT_MS[p[2]!]!, 0);
}

/** The shortest exact spelling: 5400000 is `90m`. */
export function durationText(ms: number): string {
  for (const u of ['w', 'd', 'h', 'm', 's'] as const) if (ms >= UNIT_MS[u]! && ms % UNIT_MS[u]! === 0) return ms / UNIT_MS[u]! + u;
  return Math.round(ms) + 'ms';
}

/** One end of a range to epoch ms; null when it cannot be understood. Local time where no zone is written. */
export function resolveTime(spec: string, nowMs: number): number | null {
  const text = spec.trim().toLowerCase();
  if (text === 'now') return nowMs;
  const rel = /^now\s*([+-])\s*(.+)$/.exec(text);
  if (rel) { const d = parseDuration(rel[2]!); return d == null ? null : nowMs + (rel[1] === '-' ? -d : d); }
  if (/^\d{12,14}$/.test(text)) return Number(text);
  if (/^\d{9,10}$/.test(text)) return Number(text) * 1000;
  const ago = /^(.+?)\s+ago$/.exec(text);
  if (ago) { const d = parseDuration(ago[1]!); return d == null ? null : nowMs - d; }
  const day = /^(today|yesterday)(?:\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)?$/.exec(text);
  const at = (base: Date, h = '0', m = '0', s = '0'): number | null => (Number(h) > 23 || Number(m) > 59 || Number(s) > 59 ? null : base.setHours(Number(h), Number(m), Number(s), 0));
  if (day) { const base = new Date(nowMs); if (day[1] === 'yesterday') base.setDate(base.getDate() - 1); return at(base, day[2], day[3], day[4]); }
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text);
  if (clock) return at(new Date(nowMs), clock[1], clock[2], clock[3]);
  const date = /^(\d{4})-(\d{2})-(\d{2})(?:[t ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?)?(z)?$/.exec(text);
  if (date) {
    const [, y, mo, d, h = '0', mi = '0', s = '0', f = '0', z] = date;
    const n = [Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s), Number(f.padEnd(3, '0'))] as const;
    if (n[1] > 11 || n[2] < 1 || n[2] > 31 || n[3] > 23 || n[4] > 59 || n[5] > 59) return null;
    return z ? Date.UTC(...n) : new Date(...n).getTime();
  }
  return null;
}

export function resolveRange(spec: RangeSpec, nowMs: number): Range | null {
  const fromMs = resolveTime(spec.from, nowMs), toMs = resolveTime(spec.to, nowMs);
  return fromMs == null || toMs == null || !(fromMs < toMs) ? null : { fromMs, toMs };
}

/** The URL's `t=`: `now-1h..now`. */
export function parseRange(text: string): RangeSpec | null {
  const at = text.indexOf('..');
  return at < 1 || at + 2 >= text.length ? null : { from: text.slice(0, at), to: text.slice(at + 2) };
}
export const rangeText = (r: RangeSpec): string => `${r.from}..${r.to}`;

/** Free text of the time picker: a range `a to b`, `a - b`, `a..b`, one duration (`last 3h`, `3h`), or one start. */
export function parseFree(text: string, nowMs: number): RangeSpec | null {
  const t = text.trim().replace(/^last\s+/i, '').replace(/\s+/g, ' ');
  const words: Record<string, string> = { minute: '1m', hour: '1h', day: '1d', week: '7d' };
  const span = parseDuration((words[t.toLowerCase()] ?? t).replace(/\b(minutes?|mins?)\b/i, 'm').replace(/\bhours?\b/i, 'h').replace(/\bdays?\b/i, 'd').replace(/\bweeks?\b/i, 'w').replace(/\bseconds?\b/i, 's'));
  if (span) return { from: 'now-' + durationText(span), to: 'now' };
  const two = /^(.+?)\s*(?:\.\.|\s+to\s+|\s+–\s+|\s+-\s+)\s*(.+)$/i.exec(t);
  const spec = two ? { from: two[1]!.trim(), to: two[2]!.trim() } : { from: t, to: 'now' };
  return resolveRange(spec, nowMs) ? { from: spec.from.toLowerCase(), to: spec.to.toLowerCase() } : null;
}

export const isLive = (r: RangeSpec): boolean => r.to === 'now';

export const PRESETS: ReadonlyArray<readonly [string, RangeSpec]> = [
  ['Last 5 minutes', { from: 'now-5m', to: 'now' }], ['Last 15 minutes', { from: 'now-15m', to: 'now' }], ['Last 30 minutes', { from: 'now-30m', to: 'now' }], ['Last hour', { from: 'now-1h', to: 'now' }],
  ['Last 3 hours', { from: 'now-3h', to: 'now' }], ['Last 6 hours', { from: 'now-6h', to: 'now' }], ['Last 12 hours', { from: 'now-12h', to: 'now' }], ['Last 24 hours', { from: 'now-1d', to: 'now' }],
  ['Last 7 days', { from: 'now-7d', to: 'now' }], ['Last 30 days', { from: 'now-30d', to: 'now' }], ['Today', { from: 'today', to: 'now' }], ['Yesterday', { from: 'yesterday', to: 'today' }],
];

const two = (n: number): string => String(n).padStart(2, '0');
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** A moment in local time, as short as `near` (the moment it is read) allows: `14:32:10`, `Sat 14:32`, `2026-11-22 14:32`. */
export function clock(ms: number, nearMs: number, seconds = false): string {
  const d = new Date(ms), n = new Date(nearMs);
  const time = `${two(d.getHours())}:${two(d.getMinutes())}` + (seconds ? ':' + two(d.getSeconds()) : '');
  if (d.toDateString() === n.toDateString()) return time;
  if (Math.abs(nearMs - ms) < 6 * 86_400_000) return `${DAYS[d.getDay()]} ${time}`;
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${time}`;
}
export const fullTime = (ms: number): string => { const d = new Date(ms); return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())} (${d.toISOString().slice(11, 19)} UTC)`; };

export function rangeTitle(spec: RangeSpec): string {
  const known = PRESETS.find(([, p]) => p.from === spec.from && p.to === spec.to);
  if (known) return known[0];
  const rel = /^now-(.+)$/.exec(spec.from);
  return rel && spec.to === 'now' ? `Last ${rel[1]}` : 'From – to';
}

/** `3 s ago`, `12 min ago`, absolute past a day. */
export function ago(ms: number, nowMs: number): string {
  const s = Math.max(0, Math.round((nowMs - ms) / 1000));
  if (s < 2) return 'now';
  if (s < 90) return `${s} s ago`;
  if (s < 5400) return `${Math.round(s / 60)} min ago`;
  if (s < 86_400) return `${Math.round(s / 3600)} h ago`;
  return clock(ms, nowMs);
}

/** `41 d`, `3 h 12 min`: how long something has lasted. */
export function lasted(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 90) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86_400)} d`;
}
