// A definition: condition, who is told, and beside it what it would do: what matches now, and when it would have rung.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { checkDefinition, getDefinition, saveDefinition, type Definition, type Draft, type Part } from '../../api/definitions.ts';
import { messageOf } from '../../api/http.ts';
import { queryRange, type Reply, type RangeResult } from '../../api/prom.ts';
import { mayEdit, session } from '../../api/session.ts';
import { guessLimit, newPart, partsText } from '../../lib/alarm_words.ts';
import { splitCondition } from '../../lib/parse/condition.ts';
import { metricsOf, selector } from '../../lib/parse/promql.ts';
import { parseValue } from '../../lib/series.ts';
import { Fault } from '../../parts/empty.tsx';
import { useLeaveGuard } from '../../parts/leave.tsx';
import { Glyph } from '../../parts/state.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { wantMetrics } from '../../state/catalog.ts';
import { useKeys } from '../../state/keyboard.ts';
import { useAsk } from '../../state/live.ts';
import { serverNow } from '../../state/time.ts';
import { toast } from '../../state/toast.ts';
import { go, href, param } from '../../state/url.ts';
import { ConditionPanel, type Mode } from './condition.tsx';
import { draftOf, emptyDraft, missing } from './draft.ts';
import { AboutPanel, TellPanel, TextsPanel } from './editor_more.tsx';
import { useLate } from './late.ts';
import { Matches } from './matches.tsx';
import { Templates } from './templates.tsx';
import { TriedPanel } from './tried.tsx';
import { chartUnit, QueryChart } from './value_chart.tsx';

const DAY_MS = 86_400_000;

export function Editor({ id }: { id: string | null; from: string }) {
  const l = useAsk(id ? (s) => getDefinition(id, s) : null, [id]).value;
  useEffect(() => { void wantMetrics(); }, []);
  if (id && !l.data) return <div class="page"><div class="head"><h1>Definition</h1></div><section class="panel">{l.error ? <Fault l={l} what="this definition" /> : <Waiting rows={6} what="the definition" sinceMs={l.sinceMs} />}</section></div>;
  return <Form key={id ?? 'new'} before={l.data} />;
}

/** What a chart hands over: its query, its title, the limit a person pointed at. */
function fromUrl(): { draft: Draft; given: boolean } {
  const q = param('q'), d = emptyDraft();
  if (!q) return { draft: d, given: false };
  const c = splitCondition(q), limit = param('limit');
  return { given: true, draft: { ...d, language: 'promql', name: param('name'), expression: c ? q : `${q} > ${limit || 0}`, for_ms: 300_000 } };
}

function Form({ before }: { before: Definition | null }) {
  const first = useMemo(() => (before ? { draft: draftOf(before), given: false } : fromUrl()), []);
  const [d, setD] = useState<Draft>(first.draft), [mode, setMode] = useState<Mode>(d.language === 'promql' ? 'promql' : before && !before.parts?.length ? 'text' : 'words');
  const [parts, setParts] = useState<Part[]>(before?.parts?.length ? before.parts : [newPart()]), [busy, setBusy] = useState(false), [error, setError] = useState(''), begun = useRef(JSON.stringify(first.draft));
  const may = mayEdit(session.value), set = (c: Partial<Draft>): void => setD((x) => ({ ...x, ...c }));
  const words = (p: Part[]): void => { setParts(p); set({ expression: p.some((x) => x.metric.trim()) ? partsText(p) : '' }); };
  const leave = useLeaveGuard(may && JSON.stringify(d) !== begun.current, before ? `“${before.name}”` : 'the new alarm');

  // A chart gives no limit by itself: a little above what it was in the last day is where to begin.
  useEffect(() => {
    const c = splitCondition(d.expression);
    if (!first.given || param('limit') || splitCondition(param('q')) || !c) return;
    const stop = new AbortController(), to = serverNow();
    queryRange(c.query, to - DAY_MS, to, DAY_MS / 288, stop.signal).then((r: Reply<{ result: RangeResult[] }>) => { const g = guessLimit(r.data.result.flatMap((x) => (x.values ?? []).map(([, v]) => parseValue(v)))); if (g != null) setD((x) => { if (x.expression !== d.expression) return x; const next = { ...x, expression: `${c.query} > ${g}` }; if (JSON.stringify(x) === begun.current) begun.current = JSON.stringify(next); return next; }); }, () => undefined);
    return () => stop.abort();
  }, []);

  const key = JSON.stringify([d.language, d.expression, d.match_by]), late = useLate(d, key), check = useAsk(late.expression.trim() ? async (s) => ({ ...(await checkDefinition({ language: late.language, expression: late.expression, match_by: late.match_by }, s)), of: late.language + late.expression }) : null, [late.language, late.expression, late.match_by.join('\n')]).value, c = check.data;
  const fresh = late.expression === d.expression && late.language === d.language;
  const split = d.language === 'promql' ? splitCondition(d.expression) : null, lone = mode === 'words' ? (parts.length === 1 ? parts[0]! : null) : c?.parts?.length === 1 && d.language === 'monasca' ? c.parts[0]! : null;
  const threshold = split?.threshold ?? lone?.threshold ?? null, metric = lone?.metric ?? metricsOf(d.expression)[0] ?? '';
  const chartQ = split?.query ?? (lone?.metric ? chartOfPart(lone) : ''), keepLimit = (t: number): void => { if (split) set({ expression: `${split.query} ${split.op} ${t}` }); else if (mode === 'words' && lone) words([{ ...lone, threshold: t }]); else if (lone) { const p = [{ ...lone, threshold: t }]; setParts(p); set({ expression: partsText(p) }); } };

  const why = missing(d), refused = fresh && c && !c.valid ? c.error?.message ?? 'The expression is not understood.' : '';
  const save = (): void => {
    if (busy || why || !may) return;
    setBusy(true); setError('');
    saveDefinition({ ...d, name: d.name.trim() }, before?.id).then((saved) => { leave.free(); toast({ kind: 'ok', text: before ? `Definition “${d.name.trim()}” saved` : `Alarm “${d.name.trim()}” made`, detail: before ? '' : 'It rings from the next matching sample on.' }); go(before ? '/alarms/definitions' : '/alarms', before ? {} : { q: saved?.name ?? d.name.trim() }); }, (e: unknown) => { setError(messageOf(e)); setBusy(false); });
  };
  useKeys({ save, close: () => { if (JSON.stringify(d) !== begun.current) return false; go('/alarms/definitions'); } });
  const switchMode = (m: Mode): void => {
    if (m === mode) return;
    if (m === 'promql') { set({ language: 'promql', expression: d.language === 'promql' ? d.expression : lone?.metric ? `${chartOfPart(lone)} ${lone.op} ${lone.threshold}` : '', for_ms: d.for_ms || (lone ? lone.period_s * lone.times * 1000 : 300_000) }); setMode(m); return; }
    if (m === 'words' && d.language === 'monasca') { if (c?.parts?.length) { words(c.parts); setMode(m); } else if (!d.expression.trim()) setMode(m); else toast({ kind: 'info', text: 'This has no simple words', detail: refused || 'Brackets cannot be said in words; the text stays.' }); return; }
    if (d.language === 'promql') set({ language: 'monasca', expression: parts.some((p) => p.metric) ? partsText(parts) : '' });
    setMode(m);
  };
  return (
    <div class="page editor">
      {leave.dialog}
      <div class="head"><h1>{before ? d.name || 'Definition' : 'New alarm'}</h1>{before?.ready_made && <span class="sub">came with Belfry; changes are kept</span>}<span class="grow" /><span class="faint small hide-s" role="status">{!may ? 'Changing needs a login' : why}</span><a class="ctl sm ghost" href={href('/alarms/definitions')}>Cancel</a><button type="button" class="ctl sm primary" disabled={busy || !!why || !may} onClick={save}>{before ? 'Save' : 'Make alarm'}</button></div>
      {error && <p class="stale-note bad" role="alert"><Glyph s="alarm" />{error}</p>}
      <div class="edit-cols">
        <div class="stack">
          {!before && !first.given && <Templates onPick={(t) => { const next = { ...emptyDraft(), ...t }; setD(next); setMode(next.language === 'promql' ? 'promql' : 'text'); }} />}
          <ConditionPanel d={d} set={set} mode={mode} onMode={switchMode} parts={parts} onParts={words} refused={refused} at={fresh ? c?.error?.at ?? null : null} />
          <AboutPanel d={d} set={set} />
          <TellPanel d={d} set={set} />
          <TextsPanel d={d} set={set} />
        </div>
        <div class="stack">
          {chartQ && <section class="panel" aria-labelledby="vc"><header><h2 id="vc">Value and limit</h2><span class="sub mono cut">{metric}</span></header><QueryChart query={chartQ} limit={threshold} unit={chartUnit(chartQ)} segs={[]} title="Value" height={190} /></section>}
          <Matches l={check} empty={!d.expression.trim()} match={d.match_by} unit={chartUnit(chartQ)} />
          <TriedPanel d={late} threshold={threshold} metric={metric} onPick={keepLimit} ready={!!c?.valid && c.of === late.language + late.expression} />
        </div>
      </div>
    </div>
  );
}

/** What one condition of Monasca's looks at, as PromQL for the chart. */
function chartOfPart(p: Part): string {
  const s = selector(p.metric, Object.entries(p.dimensions).filter(([k]) => k).map(([name, value]) => ({ name, value }))), f = p.function.toLowerCase();
  return f === 'last' ? s : `${f === 'avg' ? 'avg' : f}_over_time(${s}[${p.period_s || 60}s])`;
}
