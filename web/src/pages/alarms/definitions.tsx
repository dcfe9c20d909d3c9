// All definitions with their alarms, and the anomaly monitors beside them.
import { useState } from 'preact/hooks';
import { deleteDefinition, listDefinitions, saveDefinition, type Definition } from '../../api/definitions.ts';
import { messageOf } from '../../api/http.ts';
import { mayEdit, session } from '../../api/session.ts';
import { severityLevel, shortOf, STATES } from '../../lib/alarm_words.ts';
import { ago } from '../../lib/timespec.ts';
import { plural, whole } from '../../lib/units.ts';
import { Ask } from '../../parts/ask.tsx';
import { Empty, Fault } from '../../parts/empty.tsx';
import { Ico } from '../../parts/icon.tsx';
import { Painted } from '../../parts/promql_field.tsx';
import { Seg } from '../../parts/seg.tsx';
import { Sev } from '../../parts/sev.tsx';
import { Chip, Glyph } from '../../parts/state.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { usePoll } from '../../state/live.ts';
import { refreshMs, serverNow } from '../../state/time.ts';
import { toast } from '../../state/toast.ts';
import { href, param, setParams } from '../../state/url.ts';
import { Head } from './alarms.tsx';
import { draftOf } from './draft.ts';
import { Monitors } from './monitors.tsx';
import { MonascaText } from './rings_when.tsx';

export function Definitions() {
  const tab = param('tab') === 'anomalies' ? 'anomalies' : 'definitions';
  return (
    <div class="page">
      <Head tab="definitions" />
      <div class="head"><Seg label="Kind" value={tab} options={[['definitions', 'Definitions'], ['anomalies', 'Anomaly monitors']] as const} onPick={(t) => setParams({ tab: t === 'definitions' ? undefined : t })} />{tab === 'definitions' && <label class="field"><Ico n="search" s /><input value={param('q')} placeholder="Find a definition" aria-label="Find a definition" autocomplete="off" spellcheck={false} onInput={(e) => setParams({ q: e.currentTarget.value || undefined }, true)} /></label>}<span class="grow" /><a class="link small hide-s" href={href('/rules')}>Rule files</a></div>
      {tab === 'anomalies' ? <Monitors /> : <List />}
    </div>
  );
}

function List() {
  const [turn, setTurn] = useState(0), [gone, setGone] = useState<Definition | null>(null), l = usePoll(listDefinitions, Math.max(2000, refreshMs.value), false, [turn]).value, may = mayEdit(session.value), q = param('q').toLowerCase();
  if (!l.data) return <section class="panel">{l.error ? <Fault l={l} what="the definitions" again={() => setTurn(turn + 1)} /> : <Waiting rows={6} what="the definitions" sinceMs={l.sinceMs} />}</section>;
  const found = l.data.filter((d) => !q || `${d.name}\n${d.description}\n${d.expression}\n${d.severity}`.toLowerCase().includes(q)).sort((a, b) => b.alarms.ALARM - a.alarms.ALARM || severityLevel(b.severity) - severityLevel(a.severity) || (a.name < b.name ? -1 : 1));
  const flip = (d: Definition): void => { saveDefinition({ ...draftOf(d), actions_enabled: !d.actions_enabled }, d.id).then(() => { toast({ kind: 'ok', text: d.actions_enabled ? `Nobody is told of “${d.name}” any more` : `“${d.name}” is told again` }); setTurn((n) => n + 1); }, (e: unknown) => toast({ kind: 'error', text: 'Nothing was changed', detail: messageOf(e) })); };
  return (
    <section class="panel oh" aria-labelledby="df"><header><h2 id="df">Definitions</h2><span class="sub">{plural(l.data.length, 'definition')}{l.error && `, not up to date: ${l.error}`}</span></header>
      {!l.data.length ? <Empty icon="alarms" title="No definitions yet" actions={<a class="ctl sm primary" href={href('/alarms/new')}>New alarm</a>}>A definition says what rings when. Begin with a template, or with “Alarm on this” at any chart.</Empty>
        : !found.length ? <Empty icon="filter" title={`None of ${plural(l.data.length, 'definition')} is like this`} actions={<button type="button" class="ctl sm" onClick={() => setParams({ q: undefined })}>Show all</button>} />
        : <table class="tbl fixed defs"><thead><tr><th scope="col">Definition</th><th scope="col" class="only-l dx">Rings when</th><th scope="col" class="d1 only-l">Severity</th><th scope="col" class="d2">Alarms</th><th scope="col" class="d1 only-l">Changed</th><th scope="col" class="d3"><span class="vh">Actions</span></th></tr></thead>
          <tbody>{found.map((d) => <tr key={d.id}>
            <td class="name-c"><a class="two-l" href={href(`/alarms/definitions/${encodeURIComponent(d.id)}`)}><span class="name cut" title={d.name}>{d.name}</span>{d.description && <span class="faint small cut">{d.description}</span>}</a></td>
            <td class="only-l"><span class="cut blk" title={d.expression}>{d.language === 'monasca' ? <MonascaText text={d.expression} /> : <code class="ed mono expr-t"><Painted text={d.expression} /></code>}</span></td>
            <td class="only-l"><Sev s={d.severity} /></td>
            <td><a class="prow nums" href={href('/alarms', { q: d.name })}>{STATES.map((s) => d.alarms[s] > 0 && <span class={s === 'OK' ? 'faint' : ''} key={s}><Glyph s={shortOf(s)} />{whole(d.alarms[s])}<span class="vh"> {s}</span></span>)}{STATES.every((s) => !d.alarms[s]) && <span class="faint small">none yet</span>}</a></td>
            <td class="faint only-l">{d.ready_made ? <Chip v="ready-made" title="Came with Belfry" /> : ago(d.updated_ms, serverNow())}</td>
            <td class="num acts">{may && <><button type="button" class={'ctl sm ghost icon' + (d.actions_enabled ? '' : ' on')} aria-pressed={!d.actions_enabled} aria-label={`${d.actions_enabled ? 'Stop' : 'Start'} notifications of ${d.name}`} title={d.actions_enabled ? 'Stop its notifications' : 'Its notifications are off'} onClick={() => flip(d)}><Ico n="mute" s /></button><button type="button" class="ctl sm ghost icon" aria-label={`Delete ${d.name}`} title="Delete" onClick={() => setGone(d)}><Ico n="trash" s /></button></>}</td>
          </tr>)}</tbody></table>}
      {gone && <Ask title={`Delete “${gone.name}”?`} verb="Delete the definition" danger onClose={() => setGone(null)} run={async () => { await deleteDefinition(gone.id); toast({ kind: 'ok', text: `Definition “${gone.name}” deleted` }); setTurn((n) => n + 1); }}><p class="dim">Its {plural(gone.alarms.OK + gone.alarms.ALARM + gone.alarms.UNDETERMINED, 'alarm')} and their history go with it. This cannot be undone.</p></Ask>}
    </section>
  );
}
