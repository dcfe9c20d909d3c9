// The watch: the last day at a glance. Until alarms exist it shows when this host was heard at all.
import { queryRange } from '../../api/prom.ts';
import { Glyph } from '../../parts/state.tsx';
import { Strip } from '../../parts/strip.tsx';
import { stretches } from '../../lib/samples.ts';
import { lasted } from '../../lib/timespec.ts';
import { usePoll } from '../../state/live.ts';
import { serverNow } from '../../state/time.ts';

const DAY_MS = 86_400_000, STEP_MS = 300_000, AGAIN_MS = 60_000;

export function Watch() {
  const l = usePoll(async (s) => {
    const toMs = Math.floor(serverNow() / STEP_MS) * STEP_MS, fromMs = toMs - DAY_MS;
    const r = await queryRange('count(node_load1)', fromMs, toMs, STEP_MS, s);
    return { fromMs, toMs, segs: stretches(r.data.result[0]?.values ?? [], fromMs, toMs, STEP_MS) };
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
