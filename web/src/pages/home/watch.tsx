// The watch: the last day at a glance. Until alarms exist it shows when this host was heard at all.
import { queryRange } from '../../api/prom.ts';
import { Glyph } from '../../parts/state.tsx';
import { Strip, type Segment } from '../../parts/strip.tsx';
import { lasted } from '../../lib/timespec.ts';
import { usePoll } from '../../state/live.ts';
import { serverNow } from '../../state/time.ts';

const DAY_MS = 86_400_000, STEP_MS = 300_000, AGAIN_MS = 60_000;

/** Stretches with and without samples. A hole before the first sample ever is `none`, a hole after it is silence. */
export function segmentsOf(points: readonly (readonly [number, string])[], fromMs: number, toMs: number, stepMs: number): Segment[] {
  const heard = new Set(points.map(([t]) => Math.round((t * 1000 - fromMs) / stepMs)));
  const n = Math.floor((toMs - fromMs) / stepMs) + 1, out: Segment[] = [];
  let began = false;
  for (let i = 0; i < n; i++) {
    const state: Segment['state'] = heard.has(i) ? 'ok' : began ? 'undet' : 'none';
    began ||= state === 'ok';
    const a = fromMs + Math.max(0, i - 1) * stepMs, b = fromMs + i * stepMs, last = out[out.length - 1];
    if (last?.state === state) last.toMs = b;
    else out.push({ fromMs: last ? last.toMs : a, toMs: b, state, why: state === 'ok' ? 'heard' : state === 'undet' ? 'silent' : 'nothing stored' });
  }
  return out.filter((s) => s.state !== 'none');
}

export function Watch() {
  const l = usePoll(async (s) => {
    const toMs = Math.floor(serverNow() / STEP_MS) * STEP_MS, fromMs = toMs - DAY_MS;
    const r = await queryRange('count(node_load1)', fromMs, toMs, STEP_MS, s);
    return { fromMs, toMs, segs: segmentsOf(r.data.result[0]?.values ?? [], fromMs, toMs, STEP_MS) };
  }, AGAIN_MS).value;
  const toMs = l.data?.toMs ?? serverNow(), fromMs = l.data?.fromMs ?? toMs - DAY_MS, segs = l.data?.segs ?? [];
  const okMs = segs.filter((s) => s.state === 'ok').reduce((a, s) => a + s.toMs - s.fromMs, 0), silent = segs.filter((s) => s.state === 'undet');
  const words = l.error ? `not known: ${l.error}` : !l.data ? 'asking the store' : segs.length === 0 ? 'nothing stored yet; it fills as time goes by' : silent.length ? `hosts heard for ${lasted(okMs)}, silent ${silent.length === 1 ? 'once' : `${silent.length} times`}` : `hosts heard for ${lasted(okMs)}, never silent`;
  return (
    <section class="panel watch" aria-labelledby="w">
      <div class="row"><h2 class="h2" id="w">The watch</h2><span class="sub faint cut">last 24 hours; {words}</span><span class="grow" />
        <span class="legend hide-s"><span><Glyph s="ok" />heard</span><span><Glyph s="undet" />silent</span></span></div>
      <Strip segs={segs} fromMs={fromMs} toMs={toMs} label={`The last 24 hours: ${words}`} />
    </section>
  );
}
