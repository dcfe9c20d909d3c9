// The three lists at the bottom: what stands out, what is busy, how the pipeline does.
import type { ComponentChildren } from 'preact';
import type { Status } from '../../api/status.ts';
import { ago } from '../../lib/timespec.ts';
import { fmt, plural, whole } from '../../lib/units.ts';
import { Empty, Panel } from '../../parts/empty.tsx';
import { Ico } from '../../parts/icon.tsx';
import { Bar, Glyph } from '../../parts/state.tsx';
import { Spark } from '../../parts/spark.tsx';
import type { Loaded } from '../../state/live.ts';
import { href } from '../../state/url.ts';
import type { HostLive } from '../../api/host.ts';
import type { AlarmList } from '../../api/alarms.ts';
import { bellNotices } from './bell.ts';
import { notices } from './noticed.ts';

const MOST_NOTICES = 8, MOST_PROCESSES = 8;

const Row = ({ lead, a, b, mid, when, title }: { lead: ComponentChildren; a: ComponentChildren; b: ComponentChildren; mid?: ComponentChildren; when?: ComponentChildren; title?: string }) => (
  <li title={title}>{lead}<span class="two"><span>{a}</span><span class="faint">{b}</span></span>{mid}{when != null && <span class="when">{when}</span>}</li>
);

function Noticed({ s, bell }: { s: Status; bell: Loaded<AlarmList> }) {
  const all = [...bellNotices(bell.data?.alarms ?? [], s.now_ms), ...notices(s)].sort((a, b) => b.weight - a.weight);
  if (!all.length) return <Empty icon="check" title="Nothing stands out">No alarms, no refusals, no warnings, nothing near a limit in the last hour.</Empty>;
  return (
    <ul>{all.slice(0, MOST_NOTICES).map((n, i) => <Row key={i} lead={<Ico n={n.icon} c={n.tone} />} a={n.to ? <a class="hov" href={href(n.to, { t: undefined })}>{n.text}</a> : n.text} b={n.detail} when={n.when} title={`${n.text}. ${n.detail}`} />)}
      {all.length > MOST_NOTICES && <li><a class="link" href={href('/status')}>{all.length - MOST_NOTICES} more on Status</a></li>}</ul>
  );
}

function Busiest({ l }: { l: Loaded<HostLive> }) {
  return (
    <Panel l={l} what="the processes">{(h) => {
      const list = h.processes?.by_cpu ?? [];
      if (!list.length) return <Empty icon="hosts" title="No process stands out">Either nothing runs, or /proc shows only Belfry's own.</Empty>;
      const top = Math.max(...list.map((p) => p.cpu_ratio), 0.01);
      return <ul>{list.slice(0, MOST_PROCESSES).map((p) => <Row key={p.pid} lead={<Ico n="hosts" />} a={<b>{p.name}</b>} b={`pid ${p.pid}, ${fmt(p.memory_bytes, 'bytes')}`} mid={<span class="proc-bar"><Bar ratio={p.cpu_ratio / top} tone="s1" /></span>} when={<b class="num">{fmt(p.cpu_ratio, 'ratio')}</b>} />)}</ul>;
    }}</Panel>
  );
}

function Pipeline({ s }: { s: Status }) {
  const { received, log, consumers, stores } = s.pipeline;
  const last = s.receivers.reduce<number | null>((m, r) => (r.last_ms != null && (m == null || r.last_ms > m) ? r.last_ms : m), null);
  const curve = (v: readonly (number | null)[] | undefined, c: string) => (v?.length ? <Spark v={v} w={64} h={22} c={c} /> : null);
  return (
    <ul>
      <Row lead={<Ico n="right" c="s1" />} a={<><b>{fmt(received.per_s, 'per_s')}</b> received</>} b={`${fmt(received.bytes_per_s, 'bytes_per_s')} from ${plural(received.senders, 'sender')}, ${whole(received.refused_last_hour)} refused in the last hour`} mid={curve(received.history, 's1')} when={last == null ? 'never' : ago(last, s.now_ms)} />
      <Row lead={<Ico n="logs" c="s2" />} a={<><b>{fmt(log.oldest_waiting_ms / 1000, 'seconds')}</b> oldest in the log</>} b={`${fmt(log.bytes_per_s, 'bytes_per_s')} to disk, ${fmt(log.syncs_per_s, 'count')} syncs/s${log.sync_p99_ms == null ? '' : `, p99 ${fmt(log.sync_p99_ms / 1000, 'seconds')}`}`} mid={curve(log.history, 's2')} />
      <Row lead={<Ico n="services" c="s3" />} a={<><b>{whole(consumers.behind_records)}</b> records behind</>} b={`${consumers.keep_up} of ${consumers.count} consumers keep up${consumers.from_memory_ratio == null ? '' : `, ${fmt(consumers.from_memory_ratio, 'ratio')} from memory`}`} mid={curve(consumers.history, 's3')} when={<Glyph s={consumers.behind_records === 0 ? 'ok' : 'undet'} />} />
      <Row lead={<Ico n="db" c="s5" />} a={<><b>{fmt(stores.bytes_per_s, 'bytes_per_s')}</b> into the stores</>} b={!stores.bytes_per_sample ? 'nothing sealed yet, so no bytes a sample' : `${fmt(stores.bytes_per_sample, 'bytes')} a sample`} mid={curve(stores.history, 's5')} />
      <Row lead={<Ico n="memory" />} a={<><b>{fmt(s.memory.rss_bytes, 'bytes')}</b> of memory</>} b={s.memory.parts.slice(0, 3).map((p) => `${p.title} ${fmt(p.bytes, 'bytes')}`).join(', ') || 'no parts told'} when={s.memory.limit_bytes ? `of ${fmt(s.memory.limit_bytes, 'bytes')}` : ''} />
      <Row lead={<Ico n="disk" c="c-bronze" />} a={<><b>{fmt(s.disk.belfry_bytes, 'bytes_si')}</b> on disk</>} b={s.stores.map((x) => `${x.title} ${fmt(x.bytes, 'bytes_si')}`).join(', ')} />
    </ul>
  );
}

export function Feeds({ status, host, bell }: { status: Loaded<Status>; host: Loaded<HostLive>; bell: Loaded<AlarmList> }) {
  return (
    <div class="cols3">
      <section class="panel feed" aria-labelledby="f1"><header><h2 id="f1">Noticed</h2><span class="sub">alarms of the last day, limits, refusals and warnings of the last hour</span></header><Panel l={status} what="what stands out">{(s) => <Noticed s={s} bell={bell} />}</Panel></section>
      <section class="panel feed" aria-labelledby="f2"><header><h2 id="f2">Busiest processes</h2><span class="sub">share of one core</span></header><Busiest l={host} /></section>
      <section class="panel feed" aria-labelledby="f3"><header><h2 id="f3">Belfry itself</h2><span class="sub">its own pipeline</span><span class="r"><a class="link" href={href('/status')}>Open Status</a></span></header><Panel l={status} what="the pipeline">{(s) => <Pipeline s={s} />}</Panel></section>
    </div>
  );
}
