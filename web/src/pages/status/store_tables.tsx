import type { Status } from '../../api/status.ts';
import { clock, fullTime } from '../../lib/timespec.ts';
import { fmt, plural, unitFromWord } from '../../lib/units.ts';
import { Empty } from '../../parts/empty.tsx';
import { href } from '../../state/url.ts';
import { Bar } from '../../parts/state.tsx';

const TONE: Record<string, string> = { metric: 's1', trace: 's5', log: 's2', trend: 's3' };
const LOG_LINES = 30;

export function Stores({ s }: { s: Status }) {
  const all = s.stores.reduce((a, x) => a + x.bytes, 0);
  return (
    <section class="panel oh" aria-labelledby="sx"><header><h2 id="sx">Stores</h2><span class="sub">{fmt(all, 'bytes_si')} in all</span></header>
      {!s.stores.length ? <Empty icon="db" title="No store is open" /> : (
        <div class="tx"><table class="tbl"><thead><tr><th scope="col">Store</th><th scope="col" class="num">Size</th><th scope="col" class="num">A day</th><th scope="col">Kept</th><th scope="col" class="w84">Share</th></tr></thead>
          <tbody>{s.stores.map((x) => <tr key={x.id} title={[x.detail, x.series != null && plural(x.series, 'series', 'series'), x.samples != null && plural(x.samples, 'sample'), plural(x.files, 'file')].filter(Boolean).join('\n')}><td><span class="name">{x.title}</span></td><td class="num">{fmt(x.bytes, 'bytes_si')}</td><td class={'num' + (x.bytes_per_day == null ? ' faint' : '')}>{x.bytes_per_day == null ? 'too early' : `${x.bytes_per_day >= 0 ? '+' : ''}${fmt(x.bytes_per_day, 'bytes_si')}`}</td><td class="dim">{x.kept}</td><td><Bar ratio={all ? x.bytes / all : 0} tone={TONE[x.id] ?? 's8'} label={`${fmt(all ? x.bytes / all : 0, 'ratio')} of all`} /></td></tr>)}</tbody></table></div>
      )}
    </section>
  );
}

const GUARD = { ok: ['', 'The guard is at ease.'], low: ['c-warn', 'Space is low: old segments go earlier.'], full: ['c-alarm', 'The disk is full: writes are refused until there is room.'] } as const;
export function Disk({ s }: { s: Status }) {
  const d = s.disk, [tone, words] = GUARD[d.guard];
  return (
    <section class="panel oh" aria-labelledby="dk"><header><h2 id="dk">Disk</h2><span class="sub">{fmt(d.free_bytes, 'bytes_si')} free of {fmt(d.total_bytes, 'bytes_si')}</span><span class="r sub">{d.days_to_full == null ? 'no trend to full' : `full in ${plural(Math.floor(d.days_to_full), 'day')}`}</span></header>
      <div class="pbox"><div class="bar disk-bar" role="img" aria-label={`Belfry ${fmt(d.belfry_bytes, 'bytes_si')}, others ${fmt(d.total_bytes - d.free_bytes - d.belfry_bytes, 'bytes_si')}`}><i class="c-bronze fill-c" style={{ width: `${(d.belfry_bytes / Math.max(1, d.total_bytes)) * 100}%` }} /><i class="fill-o" style={{ width: `${Math.max(0, (d.total_bytes - d.free_bytes - d.belfry_bytes) / Math.max(1, d.total_bytes)) * 100}%` }} /></div>
        <div class="legend small"><span><span class="sw c-bronze" />Belfry {fmt(d.belfry_bytes, 'bytes_si')}</span><span><span class="sw sw-o" />others {fmt(Math.max(0, d.total_bytes - d.free_bytes - d.belfry_bytes), 'bytes_si')}</span><span class={tone || 'faint'}>{words}</span></div></div>
    </section>
  );
}

export function Memory({ s }: { s: Status }) {
  const m = s.memory, top = Math.max(1, ...m.parts.map((p) => p.bytes));
  return (
    <section class="panel oh" aria-labelledby="mm"><header><h2 id="mm">Memory</h2><span class="sub">{fmt(m.rss_bytes, 'bytes')}{m.limit_bytes ? ` of ${fmt(m.limit_bytes, 'bytes')} allowed` : ', no limit set'}</span></header>
      <div class="pbox mem">{!m.parts.length ? <span class="faint small">No part tells its share.</span> : m.parts.map((p) => <div class="vrow" key={p.title}><span class="cut">{p.title}</span><span class="faint">{fmt(p.bytes, 'bytes')}</span><Bar ratio={p.bytes / top} tone="s3" /></div>)}</div>
    </section>
  );
}

export const Work = ({ s }: { s: Status }) => (
  <section class="panel oh" aria-labelledby="wx"><header><h2 id="wx">Work in progress</h2>{!s.work.length && <span class="sub">none; seals and folds show here while they run</span>}</header>
    {s.work.length > 0 && <div class="pbox mem">{s.work.map((w) => <div class="vrow" key={w.title}><span class="cut">{w.title}</span><span class="faint">{[w.done_ratio == null ? '' : fmt(w.done_ratio, 'ratio'), w.left_ms == null ? '' : `${fmt(w.left_ms / 1000, 'seconds')} left`].filter(Boolean).join(', ') || 'running'}</span><Bar ratio={w.done_ratio ?? 0} tone="c-bronze" /></div>)}</div>}
  </section>
);

export const Limits = ({ s }: { s: Status }) => (!s.limits.length ? null : (
  <section class="panel grow oh" aria-labelledby="lm"><header><h2 id="lm">Limits</h2><span class="sub">used of allowed; over a limit writers are refused, never dropped in silence</span><span class="r"><a class="link" href={href('/cardinality')}>Who makes series</a></span></header>
    <div class="tx"><table class="tbl"><thead><tr><th scope="col">Key</th><th scope="col" class="num">Used</th><th scope="col" class="num">Allowed</th><th scope="col" class="w84"><span class="vh">Share</span></th></tr></thead>
      <tbody>{s.limits.map((l) => { const unit = unitFromWord(l.unit) ?? 'count', share = l.used != null && l.value ? l.used / l.value : 0; return <tr key={l.key}><td class="mono">{l.key}</td><td class="num">{l.used == null ? '–' : fmt(l.used, unit)}</td><td class="num">{l.value == null ? 'none' : fmt(l.value, unit)}{unit === 'count' && <span class="faint"> {l.unit}</span>}</td><td><Bar ratio={share} tone={share >= 1 ? 'c-alarm' : share >= 0.8 ? 'c-warn' : 's8'} label={fmt(share, 'ratio')} /></td></tr>; })}</tbody></table></div>
  </section>
));

export const Config = ({ s }: { s: Status }) => (
  <section class="panel oh" aria-labelledby="cf"><header><h2 id="cf">Configuration</h2><span class="sub">{s.config.length ? `${plural(s.config.length, 'key')} unlike the default` : 'everything is as it comes'}</span></header>
    {s.config.length > 0 && <div class="tx"><table class="tbl"><thead><tr><th scope="col">Key</th><th scope="col">Value</th><th scope="col">Default</th><th scope="col">From</th></tr></thead><tbody>{s.config.map((c) => <tr key={c.key}><td class="mono">{c.key}</td><td class="mono why" title={c.value}>{c.value}</td><td class="mono faint why" title={c.default}>{c.default || '–'}</td><td class="dim">{c.source}</td></tr>)}</tbody></table></div>}
  </section>
);

const LEVEL: Record<string, string> = { error: 'c-alarm', warn: 'c-warn', info: 'c-info', debug: 'c-debug' };
export const OwnLog = ({ s }: { s: Status }) => (
  <section class="panel grow oh" aria-labelledby="ol"><header><h2 id="ol">Belfry's own log</h2><span class="sub">newest first</span></header>
    {!s.own_log.length ? <Empty icon="logs" title="Nothing to tell yet">State changes and warnings appear here.</Empty> : (
      <div class="logs own" tabIndex={0} role="log" aria-label="Belfry's own log">{[...s.own_log].sort((a, b) => b.ms - a.ms).slice(0, LOG_LINES).map((x, i) => { const f = Object.entries(x.fields ?? {}).map(([k, v]) => `${k}=${String(v)}`).join(' '); return <div key={i} title={`${fullTime(x.ms)}\n${x.folder}: ${x.message}\n${f}`}><span class="faint">{clock(x.ms, s.now_ms, true)}</span> <span class={LEVEL[x.level] ?? 'faint'}>{x.level.padEnd(5)}</span> {x.folder} {x.message} <span class="faint">{f}</span></div>; })}</div>
    )}
  </section>
);
