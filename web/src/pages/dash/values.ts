// What the variables of a dashboard can be and what they are: asked one after the other, because one may depend on another.
import { useMemo } from 'preact/hooks';
import { labelNames, labelValues, query } from '../../api/prom.ts';
import { fullName, type Labels } from '../../lib/series.ts';
import type { Dashboard, Variable } from '../../lib/dash/model.ts';
import { choose, fromParam, inOrder, interpolate, optionsFrom, optionsOfList, parseAsk, scrapeOf, toParam, type Moment, type Option, type Value, type Values } from '../../lib/dash/vars.ts';
import { useAsk, type Loaded } from '../../state/live.ts';
import { range, spec } from '../../state/time.ts';
import { param, place, setParams } from '../../state/url.ts';
import { rangeText } from '../../lib/timespec.ts';
import { isAbort, messageOf } from '../../api/http.ts';

export interface Resolved { values: Values; options: Readonly<Record<string, readonly Option[]>>; faults: Readonly<Record<string, string>>; cut: Readonly<Record<string, number>> }
const RAW_MOST = 5000;

export const wantedOf = (v: Variable): string[] => { const p = place.value.params[`var-${v.name}`]; return p === undefined ? v.value : fromParam(p); };
export const setVariable = (v: Variable, list: readonly string[]): void => setParams({ [`var-${v.name}`]: JSON.stringify(list) === JSON.stringify(v.value) ? undefined : toParam(list) || undefined });

async function askFor(v: Variable, values: Values, moment: Moment, signal: AbortSignal): Promise<string[]> {
  const a = parseAsk(interpolate(v.query, values, moment)), w = { startMs: moment.fromMs, endMs: moment.toMs };
  if (!a) throw new Error('Its query is not understood.');
  switch (a.kind) {
    case 'label_values': return labelValues(a.label, a.match ? [a.match] : [], RAW_MOST, signal, w);
    case 'label_names': return labelNames(signal, a.match ? [a.match] : [], w);
    case 'metrics': { const re = new RegExp(a.regex); return (await labelValues('__name__', [], RAW_MOST, signal, w)).filter((n) => re.test(n)); }
    case 'query_result': {
      const r = await query(a.expr, moment.toMs, signal);
      if (r.data.resultType === 'scalar' || r.data.resultType === 'string') return [String((r.data.result as [number, string])[1])];
      return (r.data.result as { metric: Labels; value?: [number, string] }[]).slice(0, RAW_MOST).map((x) => `${fullName(x.metric)} ${x.value?.[1] ?? ''} ${x.value ? Math.round(x.value[0] * 1000) : ''}`.trim());
    }
  }
}

export async function resolve(variables: readonly Variable[], wanted: (v: Variable) => string[], moment: Moment, signal: AbortSignal): Promise<Resolved> {
  const values: Record<string, Value> = Object.create(null) as Record<string, Value>, options: Record<string, Option[]> = {}, faults: Record<string, string> = {}, cut: Record<string, number> = {};
  for (const v of inOrder(variables)) {
    let list: Option[] = [];
    if (v.type === 'custom' || v.type === 'interval') list = optionsOfList(v.query);
    if (v.type === 'query') {
      try {
        const made = optionsFrom(await askFor(v, values, moment, signal), interpolate(v.regex, values, moment), v.sort);
        list = made.options; cut[v.name] = made.cut;
      } catch (e) { if (isAbort(e) || signal.aborted) throw e; faults[v.name] = messageOf(e); }
    }
    options[v.name] = list;
    values[v.name] = choose(v, list, wanted(v));
  }
  return { values, options, faults, cut };
}

/** Asked when the variables, what is chosen or the time as it was written changes; not every time the clock ticks. */
export function useValues(d: Dashboard): Loaded<Resolved> {
  const time = rangeText(spec.value), chosen = d.variables.map((v) => param(`var-${v.name}`)).join('\u0001'), tenant = param('tenant');
  const key = useMemo(() => JSON.stringify(d.variables), [d.variables]);
  return useAsk((s) => {
    const { fromMs, toMs } = range.peek();
    return resolve(d.variables, wantedOf, { fromMs, toMs, stepMs: 60_000, scrapeMs: scrapeOf(''), title: d.title }, s);
  }, [key, chosen, time, tenant]).value;
}
