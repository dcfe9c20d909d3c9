// Alarms as Home needs them: how many in which state, and what changed last.
import { listAlarms, type Alarm, type AlarmList } from '../../api/alarms.ts';
import { forText, shortOf, valueText, WORD } from '../../lib/alarm_words.ts';
import { lasted } from '../../lib/timespec.ts';
import { usePoll, type Loaded } from '../../state/live.ts';
import type { Notice } from './noticed.ts';

const EVERY_MS = 5000, ASKED = 50, NEW_MS = 86_400_000, MOST = 5;
export const useBell = (): Loaded<AlarmList> => usePoll((s) => listAlarms({ limit: ASKED }, s), EVERY_MS).value;

/** Newest changes as notices: what rings, what is not sure, and what has calmed down in the last day. Pure. */
export function bellNotices(list: readonly Alarm[], nowMs: number): Notice[] {
  return [...list].filter((a) => a.state === 'ALARM' || nowMs - a.since_ms < NEW_MS && a.since_ms - a.created_ms > 1000).sort((a, b) => Number(b.state === 'ALARM') - Number(a.state === 'ALARM') || b.since_ms - a.since_ms).slice(0, MOST).map((a): Notice => {
    const s = shortOf(a.state);
    return { icon: 'alarms', tone: s === 'alarm' ? 'c-alarm' : s === 'undet' ? 'c-undet' : '', text: `“${a.name}” ${s === 'alarm' ? 'rings' : s === 'undet' ? 'is not sure' : 'is OK again'}`, detail: [forText(a.labels), a.value == null ? '' : valueText(a)].filter(Boolean).join(', ') || WORD[a.state], when: lasted(nowMs - a.since_ms), weight: s === 'alarm' ? 120 : s === 'undet' ? 45 : 30, to: `/alarms/${encodeURIComponent(a.id)}` };
  });
}
