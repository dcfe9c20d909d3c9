// What stands out, worked out from the status answer: nothing here is a guess beyond the numbers it names. Pure.
import type { Status } from '../../api/status.ts';
import { ago } from '../../lib/timespec.ts';
import { fmt, plural } from '../../lib/units.ts';

export interface Notice { icon: string; tone: '' | 'c-alarm' | 'c-warn' | 'c-undet' | 'c-bronze'; text: string; detail: string; when: string; weight: number; to?: string }

const DAYS_WORTH_SAYING = 14, NEAR_LIMIT = 0.8, RECENT_MS = 3_600_000;

export function notices(s: Status): Notice[] {
  const out: Notice[] = [];
  const add = (weight: number, icon: string, tone: Notice['tone'], text: string, detail: string, when = ''): void => { out.push({ weight, icon, tone, text, detail, when }); };
  // Refusals have their own lines below, with the reason.
  if (s.judgement.state !== 'ok' && !/refused/.test(s.judgement.sentence)) add(s.judgement.state === 'error' ? 100 : 70, 'status', s.judgement.state === 'error' ? 'c-alarm' : 'c-warn', s.judgement.sentence, 'Belfry about itself; see Status');
  if (s.disk.guard !== 'ok') add(95, 'disk', 'c-alarm', s.disk.guard === 'full' ? 'The disk is full, writes are refused' : 'The disk is nearly full', `${fmt(s.disk.free_bytes, 'bytes_si')} free of ${fmt(s.disk.total_bytes, 'bytes_si')}`);
  else if (s.disk.days_to_full != null && s.disk.days_to_full < DAYS_WORTH_SAYING) add(60, 'disk', 'c-bronze', `The disk fills in ${plural(Math.floor(s.disk.days_to_full), 'day')}`, `${fmt(s.disk.free_bytes, 'bytes_si')} free, at the pace of the last day`);
  for (const c of s.consumers) {
    if (c.state === 'stopped') add(90, 'alert', 'c-alarm', `The ${c.title} has stopped`, c.error || `${plural(c.behind, 'record')} of ${c.topic} wait in the log`);
    else if (c.state === 'behind') add(65, 'clock', 'c-warn', `The ${c.title} is behind`, `${plural(c.behind, 'record')}, ${fmt(c.lag_ms / 1000, 'seconds')}`);
  }
  for (const r of s.refusals) if (r.last_ms != null && s.now_ms - r.last_ms < RECENT_MS) add(55, 'alert', 'c-warn', `${plural(r.total, 'record')} refused: ${r.reason.replace(/_/g, ' ')}`, `${titleOf(s, r.receiver)}: ${r.message}`, ago(r.last_ms, s.now_ms));
  for (const l of s.limits) if (l.value && l.used != null && l.used / l.value >= NEAR_LIMIT) add(50, 'metrics', l.used >= l.value ? 'c-alarm' : 'c-warn', `${l.key} is ${l.used >= l.value ? 'reached' : `at ${fmt(l.used / l.value, 'ratio')}`}`, `${fmt(l.used)} of ${fmt(l.value)} ${l.unit}`);
  for (const line of s.own_log) if ((line.level === 'error' || line.level === 'warn') && s.now_ms - line.ms < RECENT_MS) add(line.level === 'error' ? 58 : 40, 'logs', line.level === 'error' ? 'c-alarm' : 'c-warn', line.message, `${line.folder}${fields(line.fields)}`, ago(line.ms, s.now_ms));
  for (const w of s.work) add(20, 'settings', '', w.title, [w.done_ratio == null ? '' : fmt(w.done_ratio, 'ratio'), w.left_ms == null ? '' : `${fmt(w.left_ms / 1000, 'seconds')} left`].filter(Boolean).join(', ') || 'running');
  return out.sort((a, b) => b.weight - a.weight);
}
const titleOf = (s: Status, id: string): string => s.receivers.find((r) => r.id === id)?.title ?? id;
const fields = (f?: Record<string, unknown>): string => Object.entries(f ?? {}).map(([k, v]) => ` ${k}=${String(v)}`).join('');
