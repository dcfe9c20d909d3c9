// Anomaly monitors: a query whose usual range is learned. What they find can be drawn and can ring.
import { useState } from 'preact/hooks';
import { deleteMonitor, listMonitors, saveMonitor, type Monitor } from '../../api/definitions.ts';
import { mayEdit, session } from '../../api/session.ts';
import { Ask, Fld } from '../../parts/ask.tsx';
import { Choose } from '../../parts/choose.tsx';
import { Empty, Fault } from '../../parts/empty.tsx';
import { Ico } from '../../parts/icon.tsx';
import { Painted, PromqlField } from '../../parts/promql_field.tsx';
import { lasted } from '../../lib/timespec.ts';
import { plural } from '../../lib/units.ts';
import { Chip, Glyph } from '../../parts/state.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useAsk } from '../../state/live.ts';
import { toast } from '../../state/toast.ts';
import { go, href, param } from '../../state/url.ts';
import { Bands } from './bands.tsx';
import { useLate } from './late.ts';
import { quote } from '../../lib/parse/promql.ts';
import { Duration } from './condition.tsx';
import { chartUnit, QueryChart } from './value_chart.tsx';

const DETECTORS: readonly (readonly [string, string])[] = [['auto', 'trying all on what is stored, keeping the best'], ['constant', 'fixed limits'], ['ewma', 'EWMA: slow drift'], ['pewma', 'PEWMA: drift that ignores spikes'], ['holt_winters', 'Holt-Winters: trend and season'], ['seasonal_naive', 'the value one season ago'], ['sma', 'the mean of the last values'], ['naive', 'the last value'], ['cusum', 'CUSUM: small lasting shifts'], ['individuals', 'individuals chart'], ['breakout', 'breakout: a new level']];
const TAILS = [['two', 'above or below'], ['right', 'above'], ['left', 'below']] as const;
/** The query with what was expected of it: bands are stored as metrics like any other. */
const withBands = (m: Monitor): string => `(${m.query}) or {__name__=~"belfry_anomaly_(expected|lower|upper)", monitor=${quote(m.name)}}`;
const KNOWN = new Set(['status', 'id', 'name', 'query', 'detector', 'tenant', 'created_ms', 'updated_ms']);
const text = (v: unknown): string => (typeof v === 'object' ? JSON.stringify(v) : String(v));

export function Monitors() {
  const [turn, setTurn] = useState(0), [gone, setGone] = useState<Monitor | null>(null), [open, setOpen] = useState(''), [making, setMaking] = useState(param('new') === 'monitor'), l = useAsk(listMonitors, [turn]).value, may = mayEdit(session.value), again = (): void => setTurn((n) => n + 1);
  return <>
    <section class="panel oh" aria-labelledby="an"><header><h2 id="an">Anomaly monitors</h2><span class="sub">a query whose usual range is learned; leaving it scores, and a score can ring</span><span class="r">{may && !making && <button type="button" class="ctl sm" onClick={() => setMaking(true)}><Ico n="add" s />New monitor</button>}</span></header>
      {making && <MonitorForm onDone={(made) => { setMaking(false); if (made) again(); }} />}
      {!l.data ? (l.error ? <Fault l={l} what="the anomaly monitors" again={again} /> : <Waiting rows={3} what="the monitors" sinceMs={l.sinceMs} />) : !l.data.length ? !making && <Empty icon="metrics" title="No monitors yet">Good for what has no fixed limit: requests by hour of the day, sizes of queues.</Empty> : (
        <table class="tbl fixed defs"><thead><tr><th scope="col">Monitor</th><th scope="col" class="only-l dx">Query</th><th scope="col" class="d2">Now</th><th scope="col" class="d3"><span class="vh">Actions</span></th></tr></thead>
          <tbody>{l.data.map((m) => { const id = m.id ?? m.name; return <>
            <tr key={id} aria-expanded={open === id}><td><button type="button" class="row-b" aria-expanded={open === id} onClick={() => setOpen(open === id ? '' : id)}><span class="name cut">{m.name}</span></button></td><td class="only-l"><code class="ed mono expr-t cut blk" title={m.query}><Painted text={m.query} /></code></td><td class="dim cut"><StatusOf m={m} /></td><td class="num acts">{may && <button type="button" class="ctl sm ghost icon" aria-label={`Delete ${m.name}`} onClick={() => setGone(m)}><Ico n="trash" s /></button>}</td></tr>
            {open === id && <tr class="rule-d" key={id + 'd'}><td colSpan={4}><QueryChart query={withBands(m)} limit={null} unit={chartUnit(m.query)} segs={[]} title={m.name} /><div class="tags">{Object.entries(m).filter(([k, v]) => !KNOWN.has(k) && v != null && v !== '').map(([k, v]) => <Chip key={k} k={k + '='} v={text(v)} title={text(v)} />)}</div>
              <div class="prow"><a class="ctl sm" href={href('/metrics', { q: m.query })}><Ico n="metrics" s />Open in Metrics</a><button type="button" class="ctl sm" onClick={() => go('/alarms/new', { q: `belfry_anomaly_level{monitor=${quote(m.name)}} > 0`, name: `${m.name} is unusual` })}><Ico n="alarms" s />Alarm on its score</button></div></td></tr>}
          </>; })}</tbody></table>)}
    </section>
    {gone && <Ask title={`Delete “${gone.name}”?`} verb="Delete the monitor" danger onClose={() => setGone(null)} run={async () => { await deleteMonitor(gone.id ?? gone.name); toast({ kind: 'ok', text: `Monitor “${gone.name}” deleted` }); again(); }}><p class="dim">What it has learned is forgotten; its stored bands and scores stay.</p></Ask>}
  </>;
}

function StatusOf({ m }: { m: Monitor }) {
  const s = m.status;
  if (!s || s.health === 'unknown') return <span class="faint">not looked at yet</span>;
  if (s.health === 'err') return <span class="st c-warn" title={s.last_error}><Glyph s="undet" /><span class="cut">{s.last_error}</span></span>;
  return <span class="st"><Glyph s={s.strong ? 'alarm' : s.weak ? 'undet' : 'ok'} /><span class="cut">{s.strong || s.weak ? `${s.strong + s.weak} of ${plural(s.series_count, 'series', 'series')} unusual` : plural(s.series_count, 'series', 'series')}{s.soonest_s != null ? `, limit in ${lasted(s.soonest_s * 1000)}` : ''}</span></span>;
}

function MonitorForm({ onDone }: { onDone: (made: boolean) => void }) {
  const [name, setName] = useState(param('name')), [q, setQ] = useState(param('q')), [detector, setDetector] = useState('auto'), [tail, setTail] = useState('two'), [step, setStep] = useState(60_000), [training, setTraining] = useState(7 * 86_400_000), [reach, setReach] = useState(''), [rising, setRising] = useState('up'), [busy, setBusy] = useState(false), [error, setError] = useState(''), draft: Monitor = { name: name.trim() || 'preview', query: q.trim(), detector, tail, step_ms: step, training_ms: training }, late = useLate(draft, JSON.stringify({ ...draft, name: '' }));
  const save = (e: Event): void => { e.preventDefault(); setBusy(true); setError(''); saveMonitor({ name: name.trim(), query: q.trim(), detector, tail, step_ms: step, training_ms: training, ...(reach.trim() ? { forecast: { limit: Number(reach), rising: rising === 'up' } } : {}) }).then(() => { toast({ kind: 'ok', text: `Monitor “${name.trim()}” made` }); onDone(true); }, (x: unknown) => { setError(x instanceof Error ? x.message : String(x)); setBusy(false); }); };
  return (
    <form class="pbox inset" onSubmit={save}>
      <Fld label="Name"><input class="inp" value={name} placeholder="Orders by hour" onInput={(e) => setName(e.currentTarget.value)} /></Fld>
      <div class="fld"><span class="label">Query</span><div class="qb-in"><PromqlField text={q} label="Query" onInput={setQ} onRun={() => undefined} /></div></div>
      <div class="prow small"><span class="dim">Its usual range is found by</span><Choose label="Detector" value={detector} options={DETECTORS} onPick={setDetector} /><span class="dim">it is unusual</span><Choose label="Which side" value={tail} options={TAILS} onPick={setTail} /><span class="dim">of it</span></div>
      <div class="fld-3"><Duration label="Looked at every" ms={step} none="" onChange={setStep} /><Duration label="Learns from the last" ms={training} none="" onChange={setTraining} /><div class="fld"><span class="label">Tells when it will reach</span><span class="join"><input class="inp num-in" inputMode="decimal" aria-label="Limit to reach" placeholder="nothing" value={reach} aria-invalid={reach.trim() !== '' && !Number.isFinite(Number(reach))} onInput={(e) => setReach(e.currentTarget.value)} /><Choose label="Direction" value={rising} options={[['up', 'rising'], ['down', 'falling']]} onPick={setRising} /></span></div></div>
      {late.query.trim() && <Bands monitor={late} />}
      {error && <p class="stale-note bad" role="alert">{error}</p>}
      <div class="prow"><button type="submit" class="ctl sm primary" disabled={busy || !name.trim() || !q.trim() || !Number.isFinite(Number(reach))}>Make monitor</button><button type="button" class="ctl sm ghost" onClick={() => onDone(false)}>Cancel</button></div>
    </form>
  );
}
