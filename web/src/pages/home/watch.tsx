// The watch: the last day of all alarms together, the worst state wins.
import { getStrips } from '../../api/alarms.ts';
import { segsOf } from '../../lib/alarm_words.ts';
import { lasted } from '../../lib/timespec.ts';
import { Glyph } from '../../parts/state.tsx';
import { Strip } from '../../parts/strip.tsx';
import { usePoll } from '../../state/live.ts';
import { serverNow } from '../../state/time.ts';
import { href } from '../../state/url.ts';

const DAY_MS = 86_400_000, AGAIN_MS = 10_000;

export function Watch() {
  const l = usePoll(async (s) => { const toMs = serverNow(), r = await getStrips(toMs - DAY_MS, toMs, [], s); return { fromMs: r.from_ms, toMs: r.to_ms, segs: segsOf(r.watch) }; }, AGAIN_MS).value;
  const toMs = l.data?.toMs ?? serverNow(), fromMs = l.data?.fromMs ?? toMs - DAY_MS, segs = l.data?.segs ?? [];
  const rang = segs.filter((s) => s.state === 'alarm'), last = segs.at(-1), now = last?.state === 'alarm' && last.toMs >= toMs - AGAIN_MS;
  const words = l.error ? `not known: ${l.error}` : !l.data ? 'asking' : !segs.length ? 'no alarms yet' : !rang.length ? 'nothing rang' : `rang ${rang.length === 1 ? 'once' : `${rang.length} times`}, ${lasted(rang.reduce((a, s) => a + s.toMs - s.fromMs, 0))} in all${now ? `, now ringing for ${lasted(last.toMs - last.fromMs)}` : ''}`;
  return (
    <section class="panel watch" aria-labelledby="w">
      <div class="row"><h2 class="h2" id="w">The watch</h2><span class="sub faint cut">last 24 hours, all alarms together; {words}</span><span class="grow" />
        {l.data && !segs.length ? <a class="link small" href={href('/alarms/new', { t: undefined })}>New alarm</a> : <span class="legend hide-s"><span><Glyph s="ok" />quiet</span><span><Glyph s="alarm" />ringing</span><span><Glyph s="undet" />not sure</span></span>}</div>
      <Strip segs={segs} fromMs={fromMs} toMs={toMs} label={`The last 24 hours: ${words}`} />
    </section>
  );
}
