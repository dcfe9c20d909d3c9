import { get } from './http.ts';

export interface Refusal { receiver: string; reason: string; total: number; last_ms: number | null; message: string; sample: string }
export interface Receiver {
  id: string; title: string; listens_on: string; records_total: number; per_s: number; senders: number; last_ms: number | null; refused_total: number; history?: (number | null)[];
  last_refusal: { reason: string; message: string; sample: string; ms: number } | null;
}
export interface Consumer { id: string; title: string; topic: string; position: number; end: number; behind: number; lag_ms: number; state: 'in_step' | 'behind' | 'stopped'; error?: string }
export interface Store { id: string; title: string; bytes: number; bytes_per_day: number | null; kept: string; files: number; series?: number; samples?: number; detail?: string }
export interface OwnLine { ms: number; level: string; folder: string; message: string; fields?: Record<string, unknown> }
export interface Status {
  now_ms: number;
  judgement: { state: 'ok' | 'warn' | 'error'; sentence: string };
  pipeline: {
    received: { per_s: number; bytes_per_s: number; senders: number; refused_last_hour: number; history?: (number | null)[] };
    log: { oldest_waiting_ms: number; bytes: number; bytes_per_s: number; syncs_per_s: number; sync_p50_ms: number | null; sync_p99_ms: number | null; history?: (number | null)[] };
    consumers: { behind_records: number; count: number; keep_up: number; from_memory_ratio: number | null; history?: (number | null)[] };
    stores: { bytes_per_s: number; bytes_per_sample: number | null; days_to_full: number | null; history?: (number | null)[] };
    alarms: null | { round_ms: number; count: number; ringing: number; history?: (number | null)[] };
  };
  receivers: Receiver[]; refusals: Refusal[]; consumers: Consumer[]; stores: Store[];
  disk: { total_bytes: number; free_bytes: number; belfry_bytes: number; days_to_full: number | null; guard: 'ok' | 'low' | 'full' };
  memory: { rss_bytes: number; limit_bytes: number | null; parts: { title: string; bytes: number }[] };
  cluster: null | { nodes: { node: string; role: string; position: number; behind: number; reply_ms: number | null }[] };
  work: { title: string; done_ratio: number | null; left_ms: number | null }[];
  own_log: OwnLine[];
  config: { key: string; value: string; default: string; source: string }[];
  limits: { key: string; value: number | null; used: number | null; unit: string }[];
}
export const getStatus = (signal?: AbortSignal): Promise<Status> => get<Status>('/api/v1/belfry/status', signal);
export const getReceivers = (signal?: AbortSignal): Promise<{ address: string; receivers: Receiver[] }> => get('/api/v1/belfry/receivers', signal);
