import { get, qs } from './http.ts';

/** Counts of the last minutes, the running one last. */
export type Minutes = number[];
export interface MetricGrowth { name: string; series: number; created: Minutes; refused: number; refused_lately: Minutes }
export interface LabelGrowth { name: string; values: number; series: number; new_values: Minutes; refused: number; top: { value: string; series: number }[]; newest_values: string[] }
export interface SeriesExample { time_ms: number; series: string; receiver: string; limit: string }
export interface ReceiverGrowth { id: string; series: number; created: Minutes; refused: number; refused_lately: Minutes }
export interface Cardinality {
  now_ms: number; tenant: string; series: number; metrics_count: number; labels_count: number; pairs_count: number; created: Minutes; refused: Minutes; refused_total: number;
  limits: { key: string; value: number; used: number; user: string }[]; metrics: MetricGrowth[]; growing: MetricGrowth[]; refused_metrics: MetricGrowth[];
  labels: LabelGrowth[]; growing_labels: LabelGrowth[]; pairs: { name: string; value: string; series: number }[]; receivers: ReceiverGrowth[];
  created_examples: SeriesExample[]; refused_examples: SeriesExample[]; complete: boolean; memory_bytes: number;
}
export const getCardinality = (limit: number, signal?: AbortSignal): Promise<Cardinality> => get<Cardinality>('/api/v1/belfry/cardinality' + qs({ limit }), signal);
