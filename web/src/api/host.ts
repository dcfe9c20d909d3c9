import { get, qs } from './http.ts';

export type HostUnit = 'ratio' | 'bytes' | 'bytes_per_s' | 'per_s' | 'count' | 'seconds';
export interface HostSeries { id: string; title: string; unit: HostUnit; values: (number | null)[] }
export interface Process { pid: number; name: string; cpu_ratio: number; memory_bytes: number }
export interface HostLive {
  host: string; os: string; kernel: string; cores: number; memory_bytes: number; boot_ms: number; step_ms: number;
  times_ms: number[]; series: HostSeries[]; processes?: { by_cpu: Process[]; by_memory: Process[] };
}
export const getHost = (sinceMs: number, signal?: AbortSignal): Promise<HostLive> => get<HostLive>('/api/v1/belfry/host/live' + qs({ since_ms: sinceMs }), signal);
