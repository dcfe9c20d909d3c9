// The drawers of the whole dashboard: its name and time, its variables, its JSON, its older versions.
import { useEffect, useState } from 'preact/hooks';
import { dashboardVersion, dashboardVersions } from '../../api/dashboards.ts';
import { messageOf } from '../../api/http.ts';
import { readDashboard, readVariable, SORTS, VARIABLE_TYPES, writeDashboard, type Variable, type VariableType } from '../../lib/dash/model.ts';
import { compileRegex, namesIn, parseAsk } from '../../lib/dash/vars.ts';
import { ago, PRESETS, rangeText } from '../../lib/timespec.ts';
import { plural } from '../../lib/units.ts';
import { Fault } from '../../parts/empty.tsx';
import { Ico } from '../../parts/icon.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useAsk } from '../../state/live.ts';
import { serverNow, spec } from '../../state/time.ts';
import { copy, toast } from '../../state/toast.ts';
import type { Draft } from './draft.ts';
import { Area, Check, Field, Select, Text } from './fields.tsx';
import type { Resolved } from './values.ts';

const TYPE_WORDS: Record<VariableType, string> = { query: 'from a query', custom: 'a list', interval: 'intervals', textbox: 'free text', constant: 'a constant, not shown' };
const QUERY_LABEL: Record<VariableType, string> = { query: 'Query', custom: 'Values', interval: 'Intervals', textbox: 'Text at first', constant: 'Value' };
const QUERY_HINT: Record<VariableType, string> = { query: 'label_values(up, instance), label_values(job), metrics(node_.*), query_result(topk(5, up)), or an expression', custom: 'a, b, text : value', interval: '1m, 5m, 1h', textbox: '', constant: '' };
const SORT_WORDS: Record<Variable['sort'], string> = { none: 'as they come', name: 'by name', 'name-down': 'by name, backwards', number: 'by the number in it', 'number-down': 'by the number in it, highest first' };
const REFRESH = [[0, 'never'], [1, 'every second'], [5, 'every 5 s'], [10, 'every 10 s'], [30, 'every 30 s'], [60, 'every minute'], [300, 'every 5 min']] as const;

const Drawer = ({ title, onClose, children }: { title: string; onClose: () => void; children: preact.ComponentChildren }) => (
  <aside class="drawer" aria-label={title}><div class="sec-h drawer-h"><span class="cut">{title}</span><span class="grow" /><button type="button" class="ctl sm primary" onClick={onClose}>Done</button></div><div class="drawer-b">{children}</div></aside>
);

export function EditAbout({ draft, onClose }: { draft: Draft; onClose: () => void }) {
  const d = draft.d.value, [tags, setTags] = useState(d.tags.join(', ')), set = (change: object, group = ''): void => draft.change({ ...draft.d.peek(), ...change }, group);
  const times = PRESETS.map(([t, r]) => [rangeText(r), t] as const), mine = rangeText(d.time), refresh = REFRESH.some(([s]) => s === d.refresh_s) ? REFRESH : [...REFRESH, [d.refresh_s, `every ${d.refresh_s} s`] as const];
  return (
    <Drawer title="This dashboard" onClose={onClose}>
      <Text label="Title" value={d.title} most={200} onInput={(title) => set({ title }, 'title')} />
      <Text label="Folder" value={d.folder} most={200} placeholder="none" hint="A slash makes a folder in a folder" onInput={(folder) => set({ folder: folder.replace(/^\/+/, '') }, 'folder')} />
      <Text label="Tags" value={tags} placeholder="disk, slow" onInput={(t) => { setTags(t); set({ tags: [...new Set(t.split(',').map((x) => x.trim().slice(0, 90)).filter(Boolean))].slice(0, 50) }, 'tags'); }} />
      <Area label="Description" rows={3} value={d.description} onInput={(description) => set({ description }, 'description')} />
      <Select label="Time at first" value={mine} options={times.some(([v]) => v === mine) ? times : [...times, [mine, `${d.time.from} to ${d.time.to}`] as const]} onPick={(t) => { const [from, to] = t.split('..'); set({ time: { from, to } }); }} />
      <div class="prow"><button type="button" class="ctl sm" onClick={() => set({ time: { ...spec.peek() } })}>Take the time that is shown now</button></div>
      <Select label="Refreshed" value={String(d.refresh_s)} options={refresh.map(([s, t]) => [String(s), t] as const)} onPick={(s) => set({ refresh_s: Number(s) })} />
      {draft.id.value && <Versions draft={draft} />}
    </Drawer>
  );
}

function Versions({ draft }: { draft: Draft }) {
  const l = useAsk((s) => dashboardVersions(draft.id.peek(), s), [draft.id.value, draft.version.value]).value;
  const take = (version: number): void => {
    dashboardVersion(draft.id.peek(), version).then((v) => { const d = readDashboard(v.dashboard); if (d instanceof Error) throw d; draft.change(d); toast({ kind: 'ok', text: `Version ${version} is shown`, detail: 'save to keep it, or undo' }); }).catch((e: unknown) => toast({ kind: 'error', text: 'That version could not be read', detail: messageOf(e) }));
  };
  return (
    <section class="drawer-s" aria-label="Versions"><h3 class="h2">Versions</h3>
      {l.error && !l.data ? <Fault l={l} what="the versions" /> : !l.data ? <Waiting rows={2} what="the versions" sinceMs={l.sinceMs} /> : <ul class="vers">{l.data.map((v) => <li key={v.version}><b>{v.version}</b><span class="cut dim">{ago(v.updated_ms, serverNow())} by {v.updated_by || 'nobody'}, {plural(v.panels, 'panel')}</span>{v.version === draft.version.value ? <span class="faint small">newest</span> : <button type="button" class="ctl sm ghost" onClick={() => take(v.version)}>Show</button>}</li>)}</ul>}
    </section>
  );
}

export function EditVariables({ draft, r, onClose }: { draft: Draft; r: Resolved | null; onClose: () => void }) {
  const d = draft.d.value, [open, setOpen] = useState(d.variables.length === 1 ? 0 : -1);
  const set = (variables: Variable[], group = ''): void => draft.change({ ...draft.d.peek(), variables }, group);
  const put = (i: number, change: Partial<Variable>, group = ''): void => set(d.variables.map((v, k) => (k === i ? { ...v, ...change } : v)), group && `var${i}${group}`);
  const move = (i: number, by: number): void => { const list = [...d.variables], [v] = list.splice(i, 1); list.splice(i + by, 0, v!); set(list); setOpen(i + by); };
  const add = (): void => { let n = 1; while (d.variables.some((v) => v.name === `var${n}`)) n++; set([...d.variables, readVariable({ name: `var${n}`, type: 'query', query: '', multi: false })]); setOpen(d.variables.length); };
  return (
    <Drawer title="Variables" onClose={onClose}>
      {!d.variables.length && <p class="dim small">A variable is chosen above the panels and stands in queries, titles and texts as <code class="mono">$name</code>.</p>}
      {d.variables.map((v, i) => (
        <section class="var-e" key={i} aria-label={`Variable ${v.name}`}>
          <div class="qrow-h"><button type="button" class="dp-fold" aria-expanded={open === i} onClick={() => setOpen(open === i ? -1 : i)}><Ico n={open === i ? 'down' : 'right'} s /><b class="mono">{v.name}</b><span class="faint small cut">{TYPE_WORDS[v.type]}{r?.options[v.name]?.length ? `, ${plural(r.options[v.name]!.length, 'value')}` : ''}</span></button><span class="grow" />
            <button type="button" class="ctl sm ghost icon" aria-label={`Move ${v.name} up`} disabled={i === 0} onClick={() => move(i, -1)}><Ico n="up" s /></button><button type="button" class="ctl sm ghost icon" aria-label={`Remove ${v.name}`} onClick={() => { set(d.variables.filter((_, k) => k !== i)); setOpen(-1); }}><Ico n="trash" s /></button></div>
          {open === i && <One v={v} others={d.variables} put={(c, g) => put(i, c, g)} r={r} />}
        </section>
      ))}
      <div class="prow"><button type="button" class="ctl sm" onClick={add}><Ico n="add" s />Add variable</button></div>
    </Drawer>
  );
}

function One({ v, others, put, r }: { v: Variable; others: readonly Variable[]; put: (c: Partial<Variable>, group?: string) => void; r: Resolved | null }) {
  const [name, setName] = useState(v.name), [query, setQuery] = useState(v.query), bad = !/^\w{1,50}$/.test(name) || others.some((o) => o !== v && o.name === name), re = compileRegex(v.regex), options = r?.options[v.name] ?? [], fault = r?.faults[v.name];
  useEffect(() => setQuery(v.query), [v.query]);
  const list = v.type === 'query' || v.type === 'custom', self = namesIn(v.query).includes(v.name), odd = v.type === 'query' && query.trim() !== '' && !parseAsk(query);
  return <>
    <Field label="Name" hint={bad ? 'Letters, digits and _; no two alike' : undefined}><input class="inp mono" value={name} aria-invalid={bad} spellcheck={false} autocomplete="off" onInput={(e) => setName(e.currentTarget.value)} onBlur={() => { if (!bad) put({ name }); else setName(v.name); }} /></Field>
    <Text label="Label" value={v.label} placeholder={v.name} onInput={(label) => put({ label }, 'label')} />
    <Select label="Kind" value={v.type} options={VARIABLE_TYPES.map((t) => [t, TYPE_WORDS[t]] as const)} onPick={(type) => put({ type })} />
    <Field label={QUERY_LABEL[v.type]} hint={QUERY_HINT[v.type]}><textarea class="inp area mono" rows={2} value={query} spellcheck={false} aria-invalid={odd} onInput={(e) => { setQuery(e.currentTarget.value); if (v.type !== 'query') put({ query: e.currentTarget.value }, 'query'); }} onBlur={() => { if (query !== v.query) put({ query }); }} onKeyDown={(e) => { if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); put({ query }); } }} /></Field>
    {v.type === 'query' && <Text label="Regular expression" mono value={v.regex} placeholder="/.*-(prod|test)$/" hint={re instanceof Error ? re.message : 'Keeps what matches; the first group is the value'} onInput={(regex) => put({ regex }, 'regex')} />}
    {v.type === 'query' && <Select label="Sorted" value={v.sort} options={SORTS.map((s) => [s, SORT_WORDS[s]] as const)} onPick={(sort) => put({ sort })} />}
    {list && <div class="prow"><Check label="several at once" on={v.multi} onPick={(multi) => put({ multi })} /><Check label="all" on={v.all} onPick={(all) => put({ all })} /></div>}
    {list && v.all && <Text label="All is written as" mono value={v.allValue} placeholder="(a|b|c)" onInput={(allValue) => put({ allValue }, 'allValue')} />}
    {self && <p class="c-warn small">It speaks of itself, so it cannot be asked.</p>}
    {odd && <p class="c-warn small">This is not a query that can be asked.</p>}
    {fault && <p class="c-warn small">Its values could not be read: {fault}</p>}
    {v.type === 'query' && !fault && <p class="faint small">{options.length ? `${plural(options.length, 'value')}: ${options.slice(0, 8).map((o) => o.text).join(', ')}${options.length > 8 ? ', …' : ''}` : 'No values in this time.'}</p>}
  </>;
}

export function EditJson({ draft, onClose }: { draft: Draft; onClose: () => void }) {
  const [text, setText] = useState(() => JSON.stringify(writeDashboard(draft.d.peek()), null, 2)), [fault, setFault] = useState('');
  const apply = (): void => {
    try { const d = readDashboard(JSON.parse(text)); if (d instanceof Error) throw d; draft.change(d); setFault(''); toast({ kind: 'ok', text: 'The JSON is shown', detail: 'save to keep it, or undo' }); onClose(); } catch (e) { setFault(messageOf(e)); }
  };
  return (
    <Drawer title="JSON" onClose={onClose}>
      <Field label="This is what is kept and what an export holds"><textarea class="inp area mono json" value={text} spellcheck={false} aria-invalid={fault !== ''} readOnly={!draft.editing.value} onInput={(e) => setText(e.currentTarget.value)} /></Field>
      {fault && <p class="c-warn small" role="alert">{fault}</p>}
      <div class="prow">{draft.editing.value && <button type="button" class="ctl sm primary" onClick={apply}>Apply</button>}<button type="button" class="ctl sm" onClick={() => void copy(text, 'JSON')}><Ico n="copy" s />Copy</button></div>
    </Drawer>
  );
}
