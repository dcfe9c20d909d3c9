// The alarms that look at a query's metrics: when they were in ALARM, and the limit when it is for this very query.
import { getStrips, listAlarms } from '../../api/alarms.ts';
import { listDefinitions } from '../../api/definitions.ts';
import { splitCondition } from '../../lib/parse/condition.ts';
import { metricsOf } from '../../lib/parse/promql.ts';
import { useAsk, type Loaded } from '../../state/live.ts';
import type { Limit, Shade } from '../../draw/chart.tsx';

const DEFINITIONS_MOST = 8, ALARMS_MOST = 100, ROUND_MS = 15_000;
export interface Bell { definitions: number; shades: Shade[]; limits: Limit[] }
const bare = (q: string): string => q.replace(/\s+/g, '');

export function useBellOf(query: string, on: boolean, fromMs: number, toMs: number): Loaded<Bell> {
  return useAsk(on && query ? async (s): Promise<Bell> => {
    const mine = new Set(metricsOf(query)), all = (await listDefinitions(s)).filter((d) => d.parts?.some((p) => mine.has(p.metric)) || metricsOf(d.expression).some((m) => mine.has(m))).slice(0, DEFINITIONS_MOST);
    const limits = all.flatMap((d): Limit[] => { const c = splitCondition(d.expression); return c && bare(c.query) === bare(query) ? [{ value: c.threshold, token: 'alarm', word: 'limit' }] : []; });
    const ids = (await Promise.all(all.map((d) => listAlarms({ definition_id: d.id, limit: ALARMS_MOST }, s)))).flatMap((l) => l.alarms.map((a) => a.id)).slice(0, ALARMS_MOST);
    const strips = ids.length ? (await getStrips(fromMs, toMs, ids, s)).strips : {};
    return { definitions: all.length, limits, shades: Object.values(strips).flatMap((l) => l.filter((g) => g[2] === 'ALARM').map((g): Shade => ({ fromMs: g[0], toMs: g[1], token: 'alarm' }))) };
  } : null, [query, on, Math.floor(fromMs / ROUND_MS), Math.floor(toMs / ROUND_MS)]).value;
}
