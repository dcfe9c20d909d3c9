import { get, qs } from './http.ts';

export interface Metric { name: string; type: 'counter' | 'gauge' | 'histogram' | 'summary' | 'unknown' | string; unit: string; help: string; series: number }
export interface Metrics { total_series: number; metrics: Metric[]; truncated?: boolean }
export const METRICS_LIMIT = 20_000;
export const getMetrics = (signal?: AbortSignal, limit = METRICS_LIMIT): Promise<Metrics> => get<Metrics>('/api/v1/belfry/metrics' + qs({ limit }), signal);

export interface LabelCount { name: string; values_count: number; top: { value: string; series: number }[] }
export const getLabels = (match: string[], startMs: number, endMs: number, limit: number, signal?: AbortSignal): Promise<{ series: number; labels: LabelCount[] }> =>
  get('/api/v1/belfry/labels' + qs({ 'match[]': match, start: (startMs / 1000).toFixed(3), end: (endMs / 1000).toFixed(3), limit }), signal);
