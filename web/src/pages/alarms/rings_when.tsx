// What makes it ring: in words and as text, which are the same thing.
import { useState } from 'preact/hooks';
import type { AlarmDetail } from '../../api/alarms.ts';
import type { Definition, NoData, Part } from '../../api/definitions.ts';
import { functionWord, opWord, partsText, plainNumber } from '../../lib/alarm_words.ts';
import { splitCondition } from '../../lib/parse/condition.ts';
import { tokenizeMonasca } from '../../lib/parse/monasca.ts';
import { lasted } from '../../lib/timespec.ts';
import { fmt, unitFromName, whole } from '../../lib/units.ts';
import { Painted } from '../../parts/promql_field.tsx';
import { Seg } from '../../parts/seg.tsx';
import { Chip } from '../../parts/state.tsx';
import { href } from '../../state/url.ts';

export const NO_DATA: readonly (readonly [NoData, string])[] = [['undetermined', 'not sure'], ['keep', 'stays as it was'], ['ok', 'OK'], ['alarm', 'rings']];

/** A number a limit shows: with its unit where the name tells one. */
export const limitText = (metric: string, v: number): string => { const u = unitFromName(metric); return u === 'count' || u === 'none' ? plainNumber(v) : fmt(v, u); };

export const MonascaText = ({ text }: { text: string }) => <code class="ed mono expr-t">{tokenizeMonasca(text).map((t, i) => (t.kind ? <span key={i} class={t.kind}>{t.text}</span> : t.text))}</code>;
const W = ({ children }: { children: string }) => <b class="wbox">{children}</b>;

export const PartWords = ({ p }: { p: Part }) => (
  <span class="expr">{p.join && <b class="small">{p.join}</b>}{p.function && <>the <W>{functionWord(p.function)}</W> of</>} <b class="wbox mono">{p.metric}</b>{Object.keys(p.dimensions).length > 0 && <> where {Object.entries(p.dimensions).map(([k, v]) => <Chip key={k} k={k + '='} v={v} on />)}</>} is <W>{opWord(p.op)}</W> <b class="wbox" title={plainNumber(p.threshold)}>{limitText(p.metric, p.threshold)}</b>
    {p.period_s > 0 && p.function.toLowerCase() !== 'last' && <> for <W>{String(Math.max(1, p.times))}</W> {p.times > 1 ? 'periods' : 'period'} of <W>{`${p.period_s} s`}</W></>}{p.deterministic && <span class="faint small">OK without data</span>}</span>
);

export function Words({ d }: { d: Pick<Definition, 'language' | 'expression' | 'parts' | 'for_ms'> }) {
  if (d.parts?.length && (d.language === 'monasca' || d.parts.every((p) => p.metric))) return <div class={'words' + (d.language === 'promql' ? ' row' : '')}>{d.parts.map((p, i) => <PartWords key={i} p={p} />)}{d.language === 'promql' && <span class="small dim">{d.for_ms ? `for ${lasted(d.for_ms)}` : 'at once'}</span>}</div>;
  const c = d.language === 'promql' ? splitCondition(d.expression) : null;
  return <div class="words"><span class="expr">{c ? <><code class="mono wbox break"><Painted text={c.query} /></code> is <W>{opWord(c.op)}</W> <W>{plainNumber(c.threshold)}</W></> : <code class="mono wbox break"><Painted text={d.expression} /></code>} {d.for_ms ? <>for <W>{lasted(d.for_ms)}</W></> : 'at once'}</span></div>;
}

export function RingsWhen({ d }: { d: AlarmDetail }) {
  const [as, setAs] = useState<'words' | 'text'>('words'), def = d.definition;
  if (!def) return <section class="panel" aria-labelledby="rw"><header><h2 id="rw">Rings when</h2><span class="sub">{d.alarm.source === 'outside' || d.alarm.source === 'alertmanager' ? 'somebody outside says so' : `its ${d.alarm.source || 'rule'} says so`}</span></header><p class="pbox small dim break">{d.alarm.reason || d.alarm.description || 'Its condition is kept elsewhere.'}{/rule/.test(d.alarm.source) && <> <a class="link" href={href('/rules', { q: d.alarm.name })}>Rules</a></>}</p></section>;
  return (
    <section class="panel" aria-labelledby="rw"><header><h2 id="rw">Rings when</h2><span class="sub">the words and the text are the same thing</span><span class="r"><Seg label="Shown as" value={as} options={[['words', 'Words'], ['text', 'Text']] as const} onPick={setAs} /><a class="link small" href={href(`/alarms/definitions/${encodeURIComponent(def.id)}`)}>Edit</a></span></header>
      <div class="pbox rw">
        {as === 'words' && <Words d={def} />}
        {(as === 'text' || def.language === 'monasca') && <pre class="expr-p">{def.language === 'monasca' ? <MonascaText text={def.expression || (def.parts ? partsText(def.parts) : '')} /> : <code class="ed mono expr-t"><Painted text={def.expression} /></code>}</pre>}
        <div class="prow small"><span class="dim">One alarm for {def.match_by.length || def.language === 'promql' ? 'each' : 'all'}</span>{def.match_by.map((m) => <Chip key={m} v={m} />)}{def.match_by.length === 0 && <span>{def.language === 'promql' ? 'series' : 'series together'}</span>}<span class="faint">{whole(d.siblings.total)} now, {whole(d.siblings.ringing)} ringing</span><span class="grow" />{def.for_ms > 0 && <span class="dim">after {lasted(def.for_ms)}</span>}<span class="dim">If there is no data: <b>{def.language === 'monasca' && def.parts?.every((p) => p.deterministic) ? 'OK' : NO_DATA.find(([k]) => k === def.no_data)?.[1] ?? def.no_data}</b></span></div>
      </div>
    </section>
  );
}
