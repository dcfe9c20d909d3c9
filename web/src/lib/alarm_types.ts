// What an alarm is, as the API tells it.

export type AlarmState = 'OK' | 'ALARM' | 'UNDETERMINED';
export type Severity = 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL';
export type Names = Record<string, string>;
export interface Alarm {
  id: string; source: string; definition_id: string; name: string; description: string; severity: Severity; labels: Names; annotations: Names; state: AlarmState; reason: string; value: number | null; unit?: string | null;
  since_ms: number; created_ms: number; updated_ms: number; actions_enabled: boolean; lifecycle_state: string; link: string;
  acknowledged: null | { by: string; reason: string; at_ms: number; until_ms: number | null }; muted_until_ms: number | null; silenced_by: string[];
}
export type Counts = Record<AlarmState, number>;
/** [from_ms, to_ms, state, reason] */
export type Seg = [number, number, AlarmState, string];
/** One condition in words. `join` is what stands before it; the first has none. */
export interface Part { function: string; metric: string; dimensions: Names; op: string; threshold: number; period_s: number; times: number; deterministic: boolean; join?: 'and' | 'or' | null }
