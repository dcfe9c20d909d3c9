import type { ComponentChildren } from 'preact';
import type { AlarmList } from '../../api/alarms.ts';
import type { Status } from '../../api/status.ts';
import { query } from '../../api/prom.ts';
import { parseValue } from '../../lib/series.ts';
import { shortOf, STATES } from '../../lib/alarm_words.ts';
import { lasted } from '../../lib/timespec.ts';
import { bigParts, fmt, plural, show, whole, type Shown } from '../../lib/units.ts';
import { Bar, Glyph } from '../../parts/state.tsx';
import { Spark } from '../../parts/spark.tsx';
import { metrics } from '../../state/catalog.ts';
import { frame, receivedHistory, usePoll, type Loaded } from '../../state/live.ts';
import { serverNow } from '../../state/time.ts';
import { href } from '../../state/url.ts';

const Tile = ({ to, label, big, unit, children, extra }: { to: string; label: string; big: ComponentChildren; unit?: string; children: ComponentChildren; extra?: ComponentChildren }) => (
  <a class="panel tile" href={to}><span class="label">{label}</span><span class="big">{big}{unit && <small>{unit}</small>}</span><span class="foot2">{children}</span>{extra}</a>
);
const Big = (s: Shown | null): [string, string] => (s ? bigParts(s) : ['–', '']);

const HOSTS_MS = 10_000;
// `tower-1` and `tower-1:9100` are one host.
const hostsOf = (q: string): string => `count(count by (host) (label_replace(${q}, "host", "$1", "instance", "([^:]*).*")))`;

export function Tiles({ status, bell }: { status: Status | null; bell: Loaded<AlarmList> }) {
  const counts = bell.data?.counts, alarms = counts ? counts.OK + counts.ALARM + counts.UNDETERMINED : 0, first = bell.data?.alarms.filter((a) => a.state === 'ALARM').sort((a, b) => b.since_ms - a.since_ms)[0];
  const f = frame.value.data, total = metrics.value?.total_series ?? null;
  const hosts = usePoll(async (s) => {
    const [up, day] = await Promise.all([query(hostsOf('node_load1'), serverNow(), s), query(hostsOf('count_over_time(node_load1[1d])'), serverNow(), s)]);
    const value = (d: { result: unknown }): number => { const r = (d.result as { value: [number, string] }[])[0]; return r ? parseValue(r.value[1]) : 0; };
    return { up: value(up.data), day: Math.max(value(day.data), value(up.data)) };
  }, HOSTS_MS).value.data;
  const [rate, rateUnit] = Big(f ? show(f.received_per_s, 'per_s') : null);
  const limit = status?.limits.find((l) => /max_series$/.test(l.key));
  const days = status?.disk.days_to_full ?? null, store = status?.stores.find((x) => x.id === 'metric');
  const disk = status?.disk;
  return (
    <section class="tiles" aria-label="Overview">
      <Tile to={href('/alarms', { t: undefined })} label="Alarms" big={!counts ? '–' : <span class="bell-n">{STATES.map((st) => <span key={st} class={st === 'OK' ? 'dim' : ''}><Glyph s={shortOf(st)} />{whole(counts[st])}<span class="vh"> {st}</span></span>)}</span>}>
        {bell.error && !bell.data ? <span class="faint cut" title={bell.error}>not known</span> : first ? <><span class="c-alarm cut">{first.name}, {lasted(serverNow() - first.since_ms)}</span><span class="grow" /><span class="faint">open</span></> : counts ? (alarms ? <><Glyph s={counts.UNDETERMINED ? 'undet' : 'ok'} /><span class="cut">{counts.UNDETERMINED ? 'nothing rings, not all are sure' : 'nothing rings'}</span></> : <span class="faint cut">none yet</span>) : <span class="faint">asking</span>}
      </Tile>
      <Tile to={href('/metrics', { q: 'node_load1' })} label="Hosts" big={hosts ? String(hosts.up) : '–'} unit={hosts ? `of ${hosts.day} up` : ''}>
        {!hosts ? <span class="faint">–</span> : hosts.day > hosts.up ? <><Glyph s="undet" /><span class="cut">{plural(hosts.day - hosts.up, 'host')} silent, heard today</span></> : hosts.up ? <><Glyph s="ok" /><span class="cut">all heard in the last 5 min</span></> : <span class="cut faint">no host metrics stored yet</span>}
      </Tile>
      <Tile to={href('/status')} label="Coming in" big={rate} unit={rateUnit} extra={<Spark v={status?.pipeline.received.history?.length ? status.pipeline.received.history : receivedHistory.value} w={88} h={28} c="s1" />}>
        {status ? <><span><b>{fmt(status.pipeline.received.bytes_per_s, 'bytes_per_s')}</b></span><span class="opt">from <b>{plural(status.pipeline.received.senders, 'sender')}</b></span></> : <span class="faint">waiting for the first answer</span>}
      </Tile>
      <Tile to={href('/metrics', { view: 'cardinality', q: undefined })} label="Series" big={total == null ? '–' : whole(total)}>
        {limit?.value ? <span class="grow tile-bar"><Bar ratio={(limit.used ?? total ?? 0) / limit.value} tone="c-bronze" /><span class="small">{fmt((limit.used ?? total ?? 0) / limit.value, 'ratio')} of {fmt(limit.value)} allowed</span></span> : <span>{metrics.value ? plural(metrics.value.metrics.length, 'metric name') : '–'}</span>}
      </Tile>
      <Tile to={href('/status')} label="Disk lasts" big={!disk ? '–' : days == null ? '∞' : days > 3650 ? '10+' : whole(Math.floor(days > 730 ? days / 365 : days))} unit={!disk ? '' : days == null ? 'not growing' : days > 730 ? 'years' : days >= 1 && days < 2 ? 'day' : 'days'}>
        {disk ? <span class="grow tile-bar"><Bar ratio={1 - disk.free_bytes / disk.total_bytes} tone={disk.guard === 'ok' ? 'c-bronze' : 'c-alarm'} /><span class="small">{fmt(disk.total_bytes - disk.free_bytes, 'bytes_si')} of {fmt(disk.total_bytes, 'bytes_si')} used{store?.bytes_per_day ? <span class="opt">, +{fmt(store.bytes_per_day, 'bytes_si')} a day</span> : null}</span></span> : <span class="faint">–</span>}
      </Tile>
    </section>
  );
}
