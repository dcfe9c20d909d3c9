import { get } from './http.ts';

export type RuleState = 'inactive' | 'pending' | 'firing';
export interface RuleAlert { labels: Record<string, string>; annotations: Record<string, string>; state: RuleState; active_ms: number; fired_ms: number | null; kept: boolean; value: string }
export interface Rule {
  type: 'alerting' | 'recording'; name: string; expr: string; line: number; for_ms: number; keep_firing_for_ms: number; labels: Record<string, string>; annotations: Record<string, string>;
  state: RuleState; health: 'ok' | 'err' | 'unknown'; last_error: string; duration_s: number; samples: number; evaluated_ms: number | null; alerts_count: number; alerts: RuleAlert[];
}
export interface RuleGroup { name: string; file: string; interval_ms: number; limit: number; duration_s: number; missed: number; evaluated_ms: number | null; rules: Rule[] }
export interface Rules { now_ms: number; load: { ok: boolean; at_ms: number | null; files: string[]; errors: string[]; warnings: string[] }; groups: RuleGroup[] }
export const getRules = (signal?: AbortSignal): Promise<Rules> => get<Rules>('/api/v1/belfry/rules', signal);
