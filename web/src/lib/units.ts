// Numbers for people: three significant digits, a thin space, a unit. Pure.

/** What a number counts. `bytes` is memory or what a query reads (binary); `bytes_si` is disk and network (decimal). */
export const UNITS = ['count', 'none', 'ratio', 'percent', 'per_s', 'seconds', 'milliseconds', 'microseconds', 'nanoseconds', 'minutes', 'hours', 'days', 'bytes', 'bytes_si', 'bytes_per_s', 'bits', 'bits_per_s', 'celsius', 'hertz', 'volts', 'amperes', 'watts', 'joules', 'date', 'yes_no'] as const;
export type Unit = (typeof UNITS)[number] | `suffix:${string}`;
const SUFFIX_MOST = 24;
export const isUnit = (s: string): s is Unit => UNITS.includes(s as never) || (s.startsWith('suffix:') && s.length <= SUFFIX_MOST + 7);
/** What the choice of a unit says. */
export const UNIT_WORDS_LONG: Record<(typeof UNITS)[number], string> = { count: 'number', none: 'number as it is', ratio: 'share (0.5 = 50 %)', percent: 'percent (50 = 50 %)', per_s: 'per second', seconds: 'seconds', milliseconds: 'milliseconds', microseconds: 'microseconds', nanoseconds: 'nanoseconds', minutes: 'minutes', hours: 'hours', days: 'days', bytes: 'bytes (1024)', bytes_si: 'bytes (1000)', bytes_per_s: 'bytes per second', bits: 'bits', bits_per_s: 'bits per second', celsius: 'degrees Celsius', hertz: 'hertz', volts: 'volts', amperes: 'amperes', watts: 'watts', joules: 'joules', date: 'date and time (seconds since 1970)', yes_no: 'yes or no (1 or 0)' };
export interface Shown { text: string; unit: string }

const SI = ['', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
const MINUS = '−';
export const THIN = '\u2009';

/** Three significant digits without trailing zeros; integers below 1000 stay whole. */
export function digits3(v: number): string {
  const a = Math.abs(v);
  if (a === 0) return '0';
  let text: string;
  if (a < 0.001 || a >= 1e6) text = a.toExponential(1).replace(/\.0e/, 'e').replace('e-', 'e' + MINUS).replace('e+', 'e');
  else {
    const places = Math.max(0, 2 - Math.floor(Math.log10(a) + 1e-12));
    text = a.toFixed(Math.min(places, 6));
    if (text.includes('.')) text = text.replace(/\.?0+$/, '');
  }
  return v < 0 && text !== '0' ? MINUS + text : text;
}

function scaled(v: number, base: number, names: string[]): [number, string] {
  let i = 0, a = Math.abs(v);
  // 999.5 would print as 1000, so the next prefix begins there.
  while (a >= base * 0.9995 && i < names.length - 1) { a /= base; i++; }
  return [v / base ** i, names[i]!];
}

function si(v: number, suffix: string): Shown {
  if (Math.abs(v) >= 1e21) return { text: digits3(v), unit: suffix.trim() };
  const [n, p] = scaled(v, 1000, SI);
  return { text: digits3(n), unit: p + suffix };
}

/** A duration in its largest fitting unit: `450 ms`, `1.9 s`, `12 min`, `3.2 h`, `41 d`. */
export function duration(s: number): Shown {
  const a = Math.abs(s);
  if (a === 0) return { text: '0', unit: 's' };
  for (const [limit, factor, unit] of [[999.5e-9, 1e9, 'ns'], [999.5e-6, 1e6, 'µs'], [999.5e-3, 1e3, 'ms'], [99.95, 1, 's'], [5997, 1 / 60, 'min'], [172_800, 1 / 3600, 'h']] as const) {
    if (a < limit) return { text: digits3(s * factor), unit };
  }
  const days = s / 86_400;
  const years = days / 365.25;
  return Math.abs(days) >= 3650 ? { text: digits3(years), unit: 'years' } : { text: digits3(days), unit: 'd' };
}

const FACTOR_S: Partial<Record<Unit, number>> = { milliseconds: 1e-3, microseconds: 1e-6, nanoseconds: 1e-9, minutes: 60, hours: 3600, days: 86_400 };
const two = (n: number): string => String(n).padStart(2, '0');
function date(s: number): string { const d = new Date(s * 1000); return Number.isNaN(d.getTime()) ? String(s) : `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}`; }

/** The same value with a fixed number of decimals: the prefix stays, the digits are the ones asked for. */
export function fixed(v: number | null | undefined, unit: Unit, decimals: number | null): Shown {
  const s = show(v, unit);
  if (decimals == null || v == null || !Number.isFinite(v) || unit === 'date' || unit === 'yes_no') return s;
  // The prefix that `show` chose says how far the value was scaled; digits3 of both agree only at that factor.
  const bare = Number(s.text.replace(MINUS, '-'));
  let factor = 1;
  if (bare && v) { const exact = v / bare; factor = [...SCALES].reduce((best, f) => (Math.abs(Math.log(f / exact)) < Math.abs(Math.log(best / exact)) ? f : best), 1); }
  const text = Math.abs(v / factor).toFixed(decimals);
  return { text: (v < 0 && Number(text) !== 0 ? MINUS : '') + text, unit: s.unit };
}
const SCALES = [1e-9, 1e-6, 1e-3, 0.01, 1, 1e3, 1e6, 1e9, 1e12, 1e15, 1e18, 1024, 1024 ** 2, 1024 ** 3, 1024 ** 4, 1024 ** 5, 60, 3600, 86_400, 31_557_600, 60e3, 3600e3, 86_400e3, 60e6, 3600e6, 60e9, 1 / 60, 1 / 3600, 1 / 86_400, 24, 1 / 24, 1440, 1 / 1440, 365.25, 8766, 525_960];

export function show(v: number | null | undefined, unit: Unit): Shown {
  if (v == null) return { text: '–', unit: '' };
  if (Number.isNaN(v)) return { text: 'NaN', unit: '' };
  if (!Number.isFinite(v)) return { text: v > 0 ? '+∞' : MINUS + '∞', unit: '' };
  switch (unit) {
    case 'ratio': return { text: digits3(v * 100), unit: '%' };
    case 'percent': return { text: digits3(v), unit: '%' };
    case 'bytes': { const [n, u] = scaled(v, 1024, BINARY); return { text: digits3(n), unit: u }; }
    case 'bytes_si': return si(v, 'B');
    case 'bytes_per_s': return si(v, 'B/s');
    case 'per_s': return si(v, '/s');
    case 'seconds': return duration(v);
    case 'celsius': return { text: digits3(v), unit: '°C' };
    case 'hertz': return si(v, 'Hz');
    case 'volts': return { text: digits3(v), unit: 'V' };
    case 'milliseconds': case 'microseconds': case 'nanoseconds': case 'minutes': case 'hours': case 'days': return duration(v * FACTOR_S[unit]!);
    case 'bits': return si(v, 'b');
    case 'bits_per_s': return si(v, 'b/s');
    case 'amperes': return si(v, 'A');
    case 'watts': return si(v, 'W');
    case 'joules': return si(v, 'J');
    case 'date': return { text: date(v), unit: '' };
    case 'yes_no': return { text: v ? 'yes' : 'no', unit: '' };
    default: if (unit.startsWith('suffix:')) { const s = si(v, ''); return { text: s.text, unit: [s.unit, unit.slice(7)].filter(Boolean).join(' ') }; } return si(v, '');
  }
}

/** `18.4 k`, `4.61 GiB`, `23 %`: the one-string form of `show`. */
export function fmt(v: number | null | undefined, unit: Unit = 'count'): string {
  const s = show(v, unit);
  return s.unit ? s.text + THIN + s.unit : s.text;
}

/** The exact value, for hover: every digit the double has, with its unit in words. */
export function raw(v: number, unit: Unit): string {
  if (unit.startsWith('suffix:')) return `${v} ${unit.slice(7)}`;
  const word = ({ percent: ' %', bytes: ' bytes', bytes_si: ' bytes', bytes_per_s: ' bytes/s', per_s: ' /s', seconds: ' s', milliseconds: ' ms', microseconds: ' µs', nanoseconds: ' ns', minutes: ' min', hours: ' h', days: ' d', bits: ' bits', bits_per_s: ' bits/s', celsius: ' °C', hertz: ' Hz', volts: ' V', amperes: ' A', watts: ' W', joules: ' J' } as Partial<Record<Unit, string>>)[unit] ?? '';
  return String(v) + word;
}

export const whole = (n: number): string => Math.round(n).toString().replace(/\B(?=(\d{3})+(?!\d))/g, ',');
export const plural = (n: number, one: string, many = one + 's'): string => `${whole(n)} ${n === 1 ? one : many}`;

const UNIT_WORDS: Record<string, Unit> = {
  seconds: 'seconds', second: 'seconds', s: 'seconds', bytes: 'bytes', byte: 'bytes', ratio: 'ratio', ratios: 'ratio', percent: 'percent', celsius: 'celsius',
  hertz: 'hertz', volts: 'volts', bytes_per_s: 'bytes_per_s', per_s: 'per_s', count: 'count', '1': 'count', By: 'bytes',
};
/** The unit word of the API or of metadata; '' when it says nothing. */
export const unitFromWord = (word: string | undefined): Unit | null => (word && UNIT_WORDS[word]) || null;

/** The unit that a metric's name tells, by its suffix: `_seconds_total` is seconds, `_total` a count. */
export function unitFromName(name: string): Unit {
  const stem = name.replace(/_(total|sum|bucket|created|info)$/, '');
  if (/_count$/.test(name)) return 'count';
  if (/(_time|timestamp)_seconds$/.test(stem)) return 'none';
  const last = /(?:^|_)([a-z]+)$/.exec(stem)?.[1];
  const unit = UNIT_WORDS[last ?? ''];
  if (unit === 'bytes' && /(network|disk|filesystem|receive|transmit|written|read|io)_/.test(name)) return 'bytes_si';
  return unit ?? 'count';
}

/** The unit of the value a PromQL expression yields, by what can be seen in its text; a guess, and said to be one. */
export function unitFromQuery(query: string, unitOf: (metric: string) => Unit): Unit {
  const text = query.replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`/g, '""').replace(/#.*$/gm, '').replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/gi, ' ');
  const bare = text.replace(/\{[^}]*\}/g, '');
  if (/^\s*(count|count_values|group)\b/i.test(bare)) return 'count';
  const names = [...bare.matchAll(/(?<![\w:.])([a-zA-Z_:][\w:]*)(?!\s*\()(?![\w:])/g)].map((m) => m[1]!).filter((n) => !/^(and|or|unless|bool|offset|inf|nan|start|end|by|without|atan2|sum|avg|min|max)$/i.test(n) && !/^\d/.test(n));
  if (names.length === 0) return 'count';
  const units = new Set(names.map((n) => (/_bucket$/.test(n) && !/histogram_quantile/.test(bare) ? 'count' : unitOf(n))));
  if (/\/(?!\s*\d)/.test(bare) && names.length > 1) {
    if (/_sum\b/.test(bare) && /_count\b/.test(bare)) return unitOf(names[0]!);
    return units.size === 1 ? 'none' : 'count';
  }
  if (/[*/^%]/.test(bare) && !/\*\s*100\b/.test(bare)) return units.size === 1 ? [...units][0]! : 'count';
  if (/\*\s*100\b/.test(bare)) return 'percent';
  const unit = [...units][0]!;
  if (/histogram_quantile|histogram_avg/.test(bare)) return unit;
  if (/\b(rate|irate|deriv)\s*\(/.test(bare)) {
    if (unit === 'bytes' || unit === 'bytes_si') return 'bytes_per_s';
    if (unit === 'seconds') return 'ratio';
    return 'per_s';
  }
  return unit;
}

/** For big figures: the number with its prefix large, what is left of the unit small (`24.2 k` and `/s`, `1.3 MB` and `/s`). */
export function bigParts(s: Shown): [string, string] {
  const rate = /^(.*)\/s$/.exec(s.unit);
  if (rate) return [rate[1] ? s.text + THIN + rate[1] : s.text, '/s'];
  return /^(ns|µs|ms|s|min|h|d|years|[KMGTPE]?i?B)$/.test(s.unit) ? [s.text + THIN + s.unit, ''] : [s.text, s.unit];
}
