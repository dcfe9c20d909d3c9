// What rings when: definitions, what one would match now, and when it would have rung.
import { ask, get } from './http.ts';
import type { AlarmState, Counts, Names, Part, Seg, Severity } from '../lib/alarm_types.ts';

export type { Part } from '../lib/alarm_types.ts';

export type Language = 'monasca' | 'promql';
export type NoData = 'undetermined' | 'keep' | 'ok' | 'alarm';
export interface Definition {
  id: string; name: string; description: string; language: Language; expression: string; severity: Severity; match_by: string[]; alarm_actions: string[]; ok_actions: string[]; undetermined_actions: string[]; actions_enabled: boolean;
  interval_ms: number; for_ms: number; keep_firing_for_ms: number; no_data: NoData; labels: Names; annotations: Names; ready_made: boolean; created_ms: number; updated_ms: number; alarms: Counts; parts: Part[] | null;
}
export type Draft = Omit<Definition, 'id' | 'created_ms' | 'updated_ms' | 'alarms' | 'parts' | 'ready_made'>;
export interface Check { valid: boolean; error: null | { message: string; at?: number | null }; parts: Part[] | null; matching_series: number; alarms: number; preview: { labels: Names; value: number | null; state: AlarmState }[] }
export interface Run { threshold: number | null; times: number; total_ms: number; segments: Seg[] }
export interface Backtest { from_ms: number; to_ms: number; series: number; complete: boolean; runs: Run[]; why?: string | null }

const D = '/api/v1/belfry/alarm-definitions';
const list = <T>(r: T[] | Record<string, unknown>, ...keys: string[]): T[] => (Array.isArray(r) ? r : ((keys.map((k) => r[k]).find(Array.isArray) as T[] | undefined) ?? []));
export const listDefinitions = async (s?: AbortSignal): Promise<Definition[]> => list<Definition>(await get(D, s), 'definitions', 'alarm_definitions', 'elements');
export const getDefinition = async (id: string, s?: AbortSignal): Promise<Definition> => { const r = await get<Definition | { definition: Definition }>(`${D}/${encodeURIComponent(id)}`, s); return 'definition' in r ? r.definition : r; };
export async function saveDefinition(d: Draft, id?: string): Promise<Definition> {
  const r = (await ask<Definition | { definition: Definition }>(id ? `${D}/${encodeURIComponent(id)}` : D, { method: id ? 'PUT' : 'POST', body: d })).body;
  return 'definition' in r ? r.definition : r;
}
export const deleteDefinition = async (id: string): Promise<void> => { await ask(`${D}/${encodeURIComponent(id)}`, { method: 'DELETE' }); };
// Asking with a body changes nothing here; both are POST because an expression does not fit every URL.
export const checkDefinition = async (d: Pick<Draft, 'language' | 'expression' | 'match_by'>, s?: AbortSignal): Promise<Check> => (await ask<Check>(`${D}/check`, { method: 'POST', body: d, signal: s })).body;
export const backtest = async (d: Draft | Definition, fromMs: number, toMs: number, also: readonly number[], s?: AbortSignal): Promise<Backtest> => {
  const { language, expression, match_by, for_ms, keep_firing_for_ms, interval_ms, no_data } = d;
  return (await ask<Backtest>(`${D}/backtest`, { method: 'POST', body: { language, expression, match_by, for_ms, keep_firing_for_ms, interval_ms, no_data, from_ms: Math.round(fromMs), to_ms: Math.round(toMs), also }, signal: s })).body;
};

export interface MonitorStatus { health: 'unknown' | 'ok' | 'err'; last_error: string; series_count: number; weak: number; strong: number; soonest_s: number | null }
export interface Monitor { id?: string; name: string; query: string; detector?: string; status?: MonitorStatus | null; [more: string]: unknown }
export interface BandSeries { labels: Names; detector: string; cycle: number; anomalies: number; times_ms: number[]; values: (number | null)[]; expected: (number | null)[]; lower: (number | null)[]; upper: (number | null)[]; levels: string[] }
export interface BandPreview { from_ms: number; to_ms: number; step_ms: number; series_count: number; series: BandSeries[] }
const M = '/api/v1/belfry/anomaly-monitors';
export const listMonitors = async (s?: AbortSignal): Promise<Monitor[]> => list<Monitor>(await get(M, s), 'monitors', 'anomaly_monitors');
export const saveMonitor = async (m: Monitor): Promise<void> => { await ask(M, { method: 'POST', body: m }); };
export const previewMonitor = async (m: Monitor, s?: AbortSignal): Promise<BandPreview> => (await ask<BandPreview>(`${M}/preview`, { method: 'POST', body: { monitor: m }, signal: s })).body;
export const deleteMonitor = async (id: string): Promise<void> => { await ask(`${M}/${encodeURIComponent(id)}`, { method: 'DELETE' }); };
