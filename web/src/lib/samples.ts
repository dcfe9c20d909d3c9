// Samples that arrive a few at a time, and stretches with and without them. Pure.

interface Row { id: string; values: (number | null)[] }
interface Block<R extends Row> { host: string; step_ms: number; times_ms: number[]; series: R[] }

/** Appends newer samples to what is held and forgets what is older than `keepMs`. A series that is new begins with gaps. */
export function mergeSamples<R extends Row, B extends Block<R>>(held: B | null, fresh: B, keepMs: number): B {
  if (!held || held.host !== fresh.host || held.step_ms !== fresh.step_ms) return fresh;
  const last = held.times_ms[held.times_ms.length - 1] ?? -Infinity;
  const begin = fresh.times_ms.findIndex((t) => t > last);
  const add = begin < 0 ? [] : fresh.times_ms.slice(begin);
  const newest = add[add.length - 1] ?? last;
  let drop = 0;
  while (drop < held.times_ms.length && held.times_ms[drop]! <= newest - keepMs) drop++;
  const had = new Map(held.series.map((s) => [s.id, s.values]));
  return {
    ...fresh,
    times_ms: [...held.times_ms.slice(drop), ...add],
    series: fresh.series.map((s) => {
      const old = had.get(s.id) ?? new Array<null>(held.times_ms.length).fill(null);
      return { ...s, values: [...old.slice(drop), ...(begin < 0 ? [] : s.values.slice(begin))] };
    }),
  };
}

export interface Stretch { fromMs: number; toMs: number; state: 'ok' | 'alarm' | 'undet' | 'none'; why: string }

/** Stretches with and without samples. A hole before the first sample ever is nothing; a hole after it is silence. */
export function stretches(points: readonly (readonly [number, string])[], fromMs: number, toMs: number, stepMs: number): Stretch[] {
  const heard = new Set(points.map(([t]) => Math.round((t * 1000 - fromMs) / stepMs)));
  const n = Math.floor((toMs - fromMs) / stepMs) + 1, out: Stretch[] = [];
  let began = false;
  for (let i = 0; i < n; i++) {
    const state: Stretch['state'] = heard.has(i) ? 'ok' : began ? 'undet' : 'none';
    began ||= state === 'ok';
    const last = out[out.length - 1], to = fromMs + i * stepMs;
    if (last?.state === state) last.toMs = to;
    else out.push({ fromMs: last ? last.toMs : fromMs + Math.max(0, i - 1) * stepMs, toMs: to, state, why: state === 'ok' ? 'heard' : state === 'undet' ? 'silent' : 'nothing stored' });
  }
  return out.filter((s) => s.state !== 'none');
}
