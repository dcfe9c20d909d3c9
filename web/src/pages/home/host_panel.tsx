import type { HostLive } from '../../api/host.ts';
import { Mini } from '../../draw/mini.tsx';
import { summarize } from '../../lib/series.ts';
import { durationText, lasted } from '../../lib/timespec.ts';
import { fmt, plural } from '../../lib/units.ts';
import { Empty, Fault } from '../../parts/empty.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { asTables } from '../../state/keyboard.ts';
import { useAsk, type Loaded } from '../../state/live.ts';
import { live, range, refreshMs } from '../../state/time.ts';
import { href } from '../../state/url.ts';
import { drawUnit, MEMORY_MS, shapeOf, storedHost, storedQuery } from './host_data.ts';

const STORED_MS = 10_000, LEAST_MS = 60_000;

export function HostPanel({ l }: { l: Loaded<HostLive> }) {
  const host = l.data, r = range.value;
  const span = r.toMs - r.fromMs, fromMemory = live.value && span <= MEMORY_MS;
  // A server that has just started has little to show: the charts then begin where the samples do, and say so.
  const newest = host?.times_ms[host.times_ms.length - 1] ?? r.toMs, have = newest - (host?.times_ms[0] ?? newest), shown = Math.min(span, Math.max(LEAST_MS, have));
  // Stored values change every 10 s; asking each second would only repeat them.
  const due = fromMemory ? 0 : Math.floor(r.toMs / Math.max(STORED_MS, refreshMs.value));
  const ids = host?.series.map((s) => ({ id: s.id, title: s.title, unit: s.unit })) ?? [];
  const stored = useAsk(fromMemory || !host ? null : (s) => storedHost(ids, r.fromMs, r.toMs, 220, s), [fromMemory, due, span, ids.map((i) => i.id).join()]).value;
  return (
    <section class="panel" aria-labelledby="h">
      <header><h2 id="h">This host</h2>
        {host && <span class="sub"><a class="link" href={href('/metrics', { q: 'node_load1' })}>{host.host}</a> · {plural(host.cores, 'core')} · {fmt(host.memory_bytes, 'bytes')} · up {lasted((host.times_ms[host.times_ms.length - 1] ?? Date.now()) - host.boot_ms)}<span class="hide-s"> · {host.os}, {host.kernel}</span></span>}
        <span class="r">{host && l.error && <span class="sub c-warn" role="status">not up to date</span>}<span class="sub hide-s">{fromMemory ? `${host ? host.step_ms / 1000 : 1} s samples, ${shown < span ? 'since the start' : `last ${durationText(span).replace('m', ' min')}`}` : stored.data ? `${durationText(stored.data.stepMs)} steps from the store` : 'asking the store'}</span></span>
      </header>
      {!host && l.error ? <Fault l={l} what="this host's samples" /> : !host ? <Waiting rows={4} what="this host's samples" sinceMs={l.sinceMs} />
        : host.series.length === 0 ? <Empty icon="hosts" title="This host gives no figures">Belfry reads /proc and /sys; neither can be read here.</Empty>
        : asTables.value ? <HostTable host={host} />
        : <div class={'minis' + (stored.loading && !stored.data ? ' stale' : '')}>{host.series.map((s) => {
            const shape = shapeOf(s.id, s.title), row = stored.data?.rows.get(s.id);
            const max = s.unit === 'ratio' && s.id !== 'belfry_cpu' ? (/_pressure$/.test(s.id) ? 0.1 : 1) : s.id === 'memory' ? host.memory_bytes : undefined;
            const common = { key: s.id, title: shape.title, unit: drawUnit(s.unit), colour: shape.colour, max, alarm: storedQuery(s.id) ? href('/alarms/new', { q: storedQuery(s.id), name: shape.title, t: undefined }) : undefined };
            if (fromMemory) return <Mini {...common} timesMs={host.times_ms} values={s.values} stepMs={host.step_ms} fromMs={newest - shown} toMs={newest} note="measuring" />;
            return <Mini {...common} timesMs={row?.timesMs ?? []} values={row?.values ?? []} stepMs={stored.data?.stepMs ?? 10_000} fromMs={stored.data?.fromMs ?? r.fromMs} toMs={stored.data?.toMs ?? r.toMs} note={!stored.data ? 'asking' : row?.error || 'nothing stored in this time'} />;
          })}</div>}
    </section>
  );
}

/** The table twin of the small charts (`v`). */
function HostTable({ host }: { host: HostLive }) {
  return (
    <table class="tbl">
      <caption class="vh">This host, {plural(host.times_ms.length, 'sample')} of {host.step_ms / 1000} s</caption>
      <thead><tr><th scope="col">What</th><th scope="col" class="num">Now</th><th scope="col" class="num">Lowest</th><th scope="col" class="num">Mean</th><th scope="col" class="num">Highest</th></tr></thead>
      <tbody>{host.series.map((s) => { const x = summarize(s.values), u = drawUnit(s.unit); return <tr key={s.id}><td class="name">{s.title}</td><td class="num">{fmt(x.last, u)}</td><td class="num">{fmt(x.min, u)}</td><td class="num">{fmt(x.mean, u)}</td><td class="num">{fmt(x.max, u)}</td></tr>; })}</tbody>
    </table>
  );
}
