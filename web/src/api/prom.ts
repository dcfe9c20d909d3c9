// Prometheus' own API as Belfry serves it.
import type { Labels } from '../lib/series.ts';
import { ask, get, qs } from './http.ts';

interface Envelope<T> { status: 'success'; data: T; warnings?: string[]; infos?: string[] }
export interface Cost { series?: number; samples?: number; bytes?: number; ms?: number }
export interface RangeResult { metric: Labels; values?: [number, string][]; histograms?: unknown[] }
export interface InstantData { resultType: 'vector' | 'scalar' | 'string' | 'matrix'; result: unknown }
export interface Reply<T> { data: T; notes: string[]; cost: Cost }

export function parseCost(header: string | null): Cost {
  const out: Record<string, number> = {};
  for (const m of (header ?? '').matchAll(/(\w+)=([\d.]+)/g)) out[m[1]!] = Number(m[2]);
  return out;
}
const seconds = (ms: number): string => (ms / 1000).toFixed(3);

async function post<T>(path: string, form: Record<string, string>, signal?: AbortSignal): Promise<Reply<T>> {
  // A long query does not fit a URL everywhere; POST with a form is part of the API and changes nothing.
  const long = JSON.stringify(form).length > 1500;
  const a = long ? await ask<Envelope<T>>(path, { method: 'POST', form, signal }) : await ask<Envelope<T>>(path + qs(form), { signal });
  return { data: a.body.data, notes: [...(a.body.warnings ?? []), ...(a.body.infos ?? [])], cost: parseCost(a.headers.get('X-Belfry-Query')) };
}
export const queryRange = (query: string, startMs: number, endMs: number, stepMs: number, signal?: AbortSignal): Promise<Reply<{ resultType: string; result: RangeResult[] }>> =>
  post('/api/v1/query_range', { query, start: seconds(startMs), end: seconds(endMs), step: seconds(stepMs) }, signal);
export const query = (q: string, atMs: number, signal?: AbortSignal): Promise<Reply<InstantData>> => post('/api/v1/query', { query: q, time: seconds(atMs) }, signal);

interface Within { startMs: number; endMs: number }
const within = (w?: Within): Record<string, string | undefined> => (w ? { start: seconds(w.startMs), end: seconds(w.endMs) } : {});
export const labelNames = async (signal?: AbortSignal, match: string[] = [], w?: Within): Promise<string[]> => (await get<Envelope<string[]>>('/api/v1/labels' + qs({ 'match[]': match, ...within(w) }), signal)).data;
export const labelValues = async (name: string, match: string[], limit: number, signal?: AbortSignal, w?: Within): Promise<string[]> =>
  (await get<Envelope<string[]>>(`/api/v1/label/${encodeURIComponent(name)}/values` + qs({ 'match[]': match, limit, ...within(w) }), signal)).data;
export const format = async (q: string): Promise<string> => (await get<Envelope<string>>('/api/v1/format_query' + qs({ query: q }))).data;

/** A node of Prometheus' parse tree; which fields there are depends on `type`. */
export interface AstNode {
  type: string; name?: string; op?: string; val?: string; func?: { name: string }; expr?: AstNode; lhs?: AstNode; rhs?: AstNode; args?: AstNode[]; param?: AstNode | null;
  grouping?: string[]; without?: boolean; matchers?: { name: string; type: string; value: string }[]; range?: number; offset?: number; step?: number; timestamp?: number | null; startOrEnd?: string | null;
  matching?: { card: string; labels: string[]; on: boolean; include: string[] } | null; bool?: boolean; vectorSelector?: AstNode;
}
export const parse = async (q: string, signal?: AbortSignal): Promise<AstNode> => (await get<Envelope<AstNode>>('/api/v1/parse_query' + qs({ query: q }), signal)).data;

export interface NamedCount { name: string; value: number }
export interface Tsdb {
  headStats: { numSeries: number; numLabelPairs?: number; chunkCount?: number; minTime?: number; maxTime?: number };
  seriesCountByMetricName: NamedCount[]; labelValueCountByLabelName: NamedCount[]; memoryInBytesByLabelName: NamedCount[]; seriesCountByLabelValuePair: NamedCount[];
}
export const getTsdb = async (limit: number, signal?: AbortSignal): Promise<Tsdb> => (await get<Envelope<Tsdb>>('/api/v1/status/tsdb' + qs({ limit }), signal)).data;
