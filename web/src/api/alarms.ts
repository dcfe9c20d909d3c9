// Alarms as they are now, what they were, and what people do about them.
import { ask, get, qs } from './http.ts';
import type { Alarm, AlarmState, Counts, Names, Seg } from '../lib/alarm_types.ts';
import type { Definition } from './definitions.ts';

export type { Alarm, AlarmState, Counts, Names, Part, Seg, Severity } from '../lib/alarm_types.ts';

export interface AlarmList { version: number; counts: Counts; total: number; alarms: Alarm[] }
export interface Strips { from_ms: number; to_ms: number; watch: Seg[]; strips: Record<string, Seg[]> }
export interface Told { method: string; type: string; at_ms: number; status: 'sent' | 'failed' | 'pending' | 'silenced'; detail?: string }
export interface AlarmDetail {
  alarm: Alarm; definition: Definition | null; metrics: { name: string; dimensions: Names }[]; sub_alarms: unknown[]; chart: { query: string; threshold: number | null; op: string } | null; words: string;
  siblings: { total: number; ringing: number }; notified: Told[];
}
export interface HistoryEntry { number: number; at_ms: number; kind: string; old: AlarmState | null; new: AlarmState | null; reason: string; by: string; value: number | null; notified: Told[] }

const A = '/api/v1/belfry/alarms', one = (id: string, rest = ''): string => `${A}/${encodeURIComponent(id)}${rest}`;
export const listAlarms = (p: { state?: string; severity?: string; q?: string; definition_id?: string; source?: string; sort?: string; offset?: number; limit?: number }, s?: AbortSignal): Promise<AlarmList> => get(A + qs(p), s);
export const getStrips = (fromMs: number, toMs: number, ids: readonly string[], s?: AbortSignal): Promise<Strips> => get(`${A}/strips` + qs({ from: Math.round(fromMs), to: Math.round(toMs), ids: ids.join(',') }), s);
export const getAlarm = (id: string, s?: AbortSignal): Promise<AlarmDetail> => get(one(id), s);
export const getHistory = (id: string, limit: number, s?: AbortSignal, before?: number): Promise<{ entries: HistoryEntry[] }> => get(one(id, '/history') + qs({ limit, before }), s);
const send = async (path: string, method: string, body?: unknown): Promise<void> => { await ask(path, { method, body }); };
export const ackAlarm = (id: string, reason: string, untilMs: number): Promise<void> => send(one(id, '/ack'), 'POST', { reason, until_ms: Math.round(untilMs) });
export const unackAlarm = (id: string): Promise<void> => send(one(id, '/ack'), 'DELETE');
export const muteAlarm = (id: string, reason: string, untilMs: number): Promise<void> => send(one(id, '/mute'), 'POST', { reason, until_ms: Math.round(untilMs) });
export const unmuteAlarm = (id: string): Promise<void> => send(one(id, '/mute'), 'DELETE');
export const deleteAlarm = (id: string): Promise<void> => send(one(id), 'DELETE');
