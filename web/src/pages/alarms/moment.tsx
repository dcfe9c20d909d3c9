// The moment it rang: what to look at, each with the time set to it.
import { getStrips, listAlarms, type AlarmDetail, type HistoryEntry } from '../../api/alarms.ts';
import { forText, shortOf } from '../../lib/alarm_words.ts';
import { metricsOf, selector } from '../../lib/parse/promql.ts';
import { clock, lasted } from '../../lib/timespec.ts';
import { Empty } from '../../parts/empty.tsx';
import { Ico } from '../../parts/icon.tsx';
import { Glyph } from '../../parts/state.tsx';
import { metricOf } from '../../state/catalog.ts';
import { useAsk } from '../../state/live.ts';
import { now } from '../../state/time.ts';
import { href } from '../../state/url.ts';

const BEFORE_MS = 1_800_000, AFTER_MS = 900_000, NEAR_MS = 300_000, LOOKED_AT = 200, SHOWN = 4;
const around = (t: number): string => `${Math.round(t - BEFORE_MS)}..${Math.round(t + AFTER_MS)}`;

export function Moment({ d, entries }: { d: AlarmDetail; entries: readonly HistoryEntry[] }) {
  const a = d.alarm, rang = a.state === 'ALARM' ? a.since_ms : entries.find((e) => e.new === 'ALARM')?.at_ms ?? null;
  const near = useAsk(rang == null ? null : async (s) => {
    const list = (await listAlarms({ limit: LOOKED_AT }, s)).alarms.filter((x) => x.id !== a.id);
    if (!list.length) return [];
    const strips = (await getStrips(rang - NEAR_MS, rang + NEAR_MS, list.map((x) => x.id), s)).strips;
    return list.flatMap((x) => { const seg = strips[x.id]?.find((g) => g[2] === 'ALARM' && g[0] >= rang - NEAR_MS && g[0] <= rang + NEAR_MS); return seg ? [{ alarm: x, at: seg[0] }] : []; }).sort((x, y) => x.at - y.at);
  }, [a.id, rang]).value.data ?? [];
  if (rang == null) return <section class="panel oh" aria-labelledby="mo"><header><h2 id="mo">At the moment it rang</h2></header><Empty icon="check" title="It has never rung">As far as its history is kept.</Empty></section>;
  const t = around(rang), q = d.chart?.query, metric = metricsOf(q ?? '')[0], host = a.labels.hostname ?? a.labels.host ?? a.labels.instance;
  const hostQ = host && metricOf('node_load1') ? selector('node_load1', [{ name: 'instance', value: host }]) : '';
  const names = [...new Set(d.metrics.map((m) => m.name))].filter((n) => n !== metric);
  return (
    <section class="panel oh" aria-labelledby="mo"><header><h2 id="mo">At the moment it rang</h2><span class="sub">{clock(rang, now.value, true)}</span></header>
      <ul class="feed">
        {q && <Link icon="metrics" to={href('/metrics', { q, t })} a="The value around it" b={metric ?? 'half an hour before, a quarter after'} />}
        {names.slice(0, 2).map((n) => <Link key={n} icon="metrics" to={href('/metrics', { q: selector(n), t })} a={n} b="another metric of this alarm" />)}
        {hostQ && <Link icon="hosts" to={href('/metrics', { q: hostQ, t })} a={`Load of ${host}`} b="the host at that time" />}
        <Link icon="home" to={href('/', { t })} a="This host at that time" b="processor, memory, disk and network" />
        {near.slice(0, SHOWN).map(({ alarm, at }) => <li key={alarm.id}><a class="feed-a" href={href(`/alarms/${encodeURIComponent(alarm.id)}`)}><Glyph s={shortOf(alarm.state)} /><span class="two"><span>{alarm.name}</span><span class="faint">{`${forText(alarm.labels)} rang ${Math.abs(at - rang) < 1000 ? 'at the same time' : `${lasted(Math.abs(at - rang))} ${at < rang ? 'before' : 'after'}`}`}</span></span><Ico n="right" s /></a></li>)}
      </ul>
    </section>
  );
}
const Link = ({ icon, to, a, b }: { icon: string; to: string; a: string; b: string }) => <li><a class="feed-a" href={to}><Ico n={icon} /><span class="two"><span>{a}</span><span class="faint">{b}</span></span><Ico n="right" s /></a></li>;
