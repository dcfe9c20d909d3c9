// One dashboard: its bar, its variables, its panels; edit mode with drawers; saving, conflicts, and nothing lost by leaving.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { createDashboard, deleteDashboard, getDashboard, saveDashboard, type Stored } from '../../api/dashboards.ts';
import { ApiError, messageOf } from '../../api/http.ts';
import { mayChange, session } from '../../api/session.ts';
import { newDashboard, newPanel, nextId, readDashboard, writeDashboard, type Dashboard, type PanelType } from '../../lib/dash/model.ts';
import { freePlace } from '../../lib/dash/layout.ts';
import { countOf } from '../../lib/grafana/report.ts';
import { rangeText } from '../../lib/timespec.ts';
import { plural } from '../../lib/units.ts';
import { Empty, Fault } from '../../parts/empty.tsx';
import { Ico } from '../../parts/icon.tsx';
import { Modal, Pop } from '../../parts/pop.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { PAGES } from '../../routes.ts';
import { wantMetrics } from '../../state/catalog.ts';
import { useKeys } from '../../state/keyboard.ts';
import { useAsk } from '../../state/live.ts';
import { toast } from '../../state/toast.ts';
import { go, guard, href, param, place, setParams } from '../../state/url.ts';
import { Board } from './board.tsx';
import { Conflict } from './conflict.tsx';
import { Draft } from './draft.ts';
import { EditAbout, EditJson, EditVariables } from './edit_vars.tsx';
import { EditPanel, TYPE_WORDS } from './edit_panel.tsx';
import { download } from './files.ts';
import { ReportTable } from './report.tsx';
import { starter } from './starters.ts';
import { useValues } from './values.ts';
import { VariableBar } from './var_bar.tsx';

const NEW = 'new', PAGE_RANGE = PAGES.find((p) => p.id === 'dash')!.range!, PAGE_REFRESH_S = PAGES.find((p) => p.id === 'dash')!.refreshMs / 1000;
/** A dashboard that was made elsewhere on the page (an import, a copy) and is to be looked at before it is saved. */
export const handed: { dashboard: Dashboard | null } = { dashboard: null };

export function One({ id }: { id: string }) {
  const [turn, setTurn] = useState(0), mine = starter(id);
  const l = useAsk(id === NEW || mine ? null : (s) => getDashboard(id, s), [id, turn, param('tenant')]).value;
  const draft = useMemo((): Draft | Error | null => {
    if (id === NEW) { const given = handed.dashboard, made = new Draft(given ?? newDashboard('New dashboard'), '', 0, given !== null); handed.dashboard = null; made.editing.value = true; return made; }
    if (mine) return new Draft(mine, '', 0);
    if (!l.data || l.data.id !== id) return null;
    const d = readDashboard(l.data.dashboard);
    return d instanceof Error ? d : new Draft(d, id, l.data.version);
  }, [id, l.data]);
  if (draft instanceof Error) return <div class="page"><section class="panel"><Empty icon="alert" title="This dashboard cannot be shown">{draft.message}</Empty></section></div>;
  if (draft) return <View key={id} draft={draft} starter={!!mine} />;
  return <div class="page"><h1 class="vh">Dashboard</h1><section class="panel">{l.error ? (l.status === 404 ? <Empty icon="dash" title="There is no such dashboard" actions={<a class="ctl sm" href={href('/dash')}>All dashboards</a>}>It may have been deleted, or it belongs to another tenant.</Empty> : <Fault l={l} what="this dashboard" again={() => setTurn((n) => n + 1)} />) : <Waiting rows={6} what="the dashboard" sinceMs={l.sinceMs} />}</section></div>;
}

type Drawer = { kind: 'panel'; id: number } | { kind: 'about' | 'variables' | 'json' | 'report' } | null;
const ADDS: readonly PanelType[] = ['timeseries', 'stat', 'gauge', 'bargauge', 'table', 'heatmap', 'text', 'row'];
const SIZES: Partial<Record<PanelType, [number, number]>> = { stat: [6, 5], gauge: [6, 6], text: [8, 5], row: [24, 1] };

function View({ draft, starter: isStarter }: { draft: Draft; starter: boolean }) {
  const d = draft.d.value, editing = draft.editing.value, dirty = !isStarter && draft.dirty.value, may = mayChange(session.value);
  const [drawer, setDrawer] = useState<Drawer>(null), [adding, setAdding] = useState(false), [more, setMore] = useState(false), [busy, setBusy] = useState(false), [conflict, setConflict] = useState<Stored | 'gone' | null>(null), [leaving, setLeaving] = useState<(() => void) | null>(null), [deleting, setDeleting] = useState(false);
  const l = useValues(d), r = l.data, allowed = useRef(false);
  const dirtyNow = useRef(dirty);
  dirtyNow.current = dirty;

  useEffect(() => { void wantMetrics(); document.title = `${d.title} · Belfry`; }, [d.title]);
  // The dashboard's own time and pace hold until the URL says otherwise.
  useEffect(() => {
    const own = d.time.from === PAGE_RANGE.from && d.time.to === PAGE_RANGE.to ? undefined : rangeText(d.time);
    const refresh = d.refresh_s === PAGE_REFRESH_S ? undefined : d.refresh_s ? `${d.refresh_s}s` : 'off';
    if ((own && !param('t')) || (refresh && !param('refresh'))) setParams({ t: param('t') || own, refresh: param('refresh') || refresh }, true);
    const expr = param('add');
    if (expr) { draft.editing.value = true; const type = param('as') === 'heatmap' ? 'heatmap' as const : param('as') === 'table' ? 'table' as const : 'timeseries' as const; add(type, { queries: [{ expr, legend: '', hidden: false }], title: param('title'), stack: param('as') === 'stacked' }); setParams({ add: undefined, as: undefined, title: undefined }, true); }
  }, []);
  useEffect(() => {
    guard.ask = (proceed) => { if (!dirtyNow.current || allowed.current) return false; setLeaving(() => proceed); return true; };
    const unload = (e: BeforeUnloadEvent): void => { if (dirtyNow.current && !allowed.current) e.preventDefault(); };
    addEventListener('beforeunload', unload);
    return () => { guard.ask = null; removeEventListener('beforeunload', unload); };
  }, []);

  function add(type: PanelType, more: object = {}): void {
    const now = draft.d.peek(), [w, h] = SIZES[type] ?? [12, 8], id = nextId(now), at = type === 'row' ? { x: 0, y: Math.max(0, ...now.panels.map((p) => p.y + p.h)) } : freePlace(now.panels, w, h);
    draft.change({ ...now, panels: [...now.panels, newPanel(type, id, { title: type === 'row' ? 'Row' : '', ...more, w, h, ...at })] });
    setAdding(false);
    setDrawer({ kind: 'panel', id });
  }
  const failed = (what: string) => (e: unknown): void => toast({ kind: 'error', text: what, detail: messageOf(e) });
  const done = (): void => { draft.editing.value = false; setDrawer(null); };
  const saveAs = async (): Promise<void> => {
    const made = await createDashboard(writeDashboard(draft.d.peek()));
    allowed.current = true; done();
    toast({ kind: 'ok', text: `“${made.title}” saved` });
    const params = place.value.params;
    go(`/dash/${made.id}`, Object.fromEntries(Object.entries(params).filter(([k]) => k.startsWith('var-') || k === 'refresh')));
  };
  const save = async (version = draft.version.peek()): Promise<void> => {
    if (busy) return;
    setBusy(true);
    try {
      if (!draft.id.peek()) await saveAs();
      else { const kept = await saveDashboard(draft.id.peek(), version, writeDashboard(draft.d.peek())); draft.saved(kept.id, kept.version); setConflict(null); done(); toast({ kind: 'ok', text: 'Saved', detail: `version ${kept.version}` }); }
    } catch (e) {
      if (e instanceof ApiError && (e.status === 409 || (e.status === 404 && draft.id.peek()))) await getDashboard(draft.id.peek()).then(setConflict, () => setConflict('gone'));
      else failed('Not saved')(e);
    } finally { setBusy(false); }
  };
  const edit = (): void => { if (!may) { toast({ kind: 'info', text: 'Changing needs a login', detail: 'Run belfry open on the server and follow the link it prints.' }); return; } if (isStarter) { handed.dashboard = { ...d, folder: '', tags: [] }; go('/dash/new'); return; } draft.editing.value = true; };
  const stop = (): void => { if (!dirty) { done(); if (!draft.id.peek()) go('/dash'); return; } setLeaving(() => () => { if (!draft.id.peek()) { allowed.current = true; go('/dash'); return; } draft.discard(); done(); }); };
  const remove = async (): Promise<void> => {
    setDeleting(false);
    const id = draft.id.peek(), body = writeDashboard(d);
    try {
      await deleteDashboard(id);
      allowed.current = true;
      go('/dash');
      toast({ kind: 'ok', text: `“${d.title}” deleted`, action: { label: 'Undo', run: () => { createDashboard(body, id).then(() => go(`/dash/${id}`), failed('Not brought back')); } } });
    } catch (e) { failed('Not deleted')(e); }
  };
  const inText = (e: KeyboardEvent): boolean => { const t = e.composedPath()[0]; return t instanceof HTMLElement && (t.isContentEditable || t.matches('input, textarea, select')); };
  useKeys({
    close: () => { if (drawer) { setDrawer(null); return; } if (param('panel')) { setParams({ panel: undefined }); return; } return false; },
    editor: () => { if (editing) return false; edit(); }, save: () => (editing ? void save() : false), undo: (e) => { if (!editing || inText(e)) return false; if (e.shiftKey) draft.redo(); else draft.undo(); },
  });
  const toggle = (kind: 'about' | 'variables' | 'json' | 'report'): void => { setMore(false); setDrawer(drawer?.kind === kind ? null : { kind }); };
  const report = d.imported, missing = report ? countOf(report, 'left') + countOf(report, 'changed') : 0;

  return (
    <div class={'page dash' + (drawer ? ' with-drawer' : '')}>
      <div class="dash-main">
        <div class="head">
          <a class="ctl sm ghost icon" href={href('/dash')} aria-label="All dashboards" title="All dashboards"><Ico n="left" s /></a>
          <h1 class="cut" title={[d.folder, d.title].filter(Boolean).join(' / ')}>{d.title}</h1>
          {isStarter ? <span class="chip">comes with Belfry</span> : editing && dirty ? <span class="chip on">not saved</span> : null}
          {!editing && <span class="sub cut">{d.description}</span>}
          <span class="grow" />
          {editing ? <>
            <span class="anchor"><button type="button" class="ctl sm" aria-haspopup="dialog" aria-expanded={adding} onClick={() => setAdding(!adding)}><Ico n="add" s />Add panel</button>
              {adding && <Pop label="Add panel" onClose={() => setAdding(false)}>{ADDS.map((t) => <button type="button" class="pi" key={t} onClick={() => add(t)}>{TYPE_WORDS[t]}</button>)}</Pop>}</span>
            <button type="button" class="ctl sm" aria-pressed={drawer?.kind === 'variables'} onClick={() => toggle('variables')}>Variables</button>
            <button type="button" class="ctl sm" aria-pressed={drawer?.kind === 'about'} onClick={() => toggle('about')}>About</button>
            <button type="button" class="ctl sm ghost opt" aria-pressed={drawer?.kind === 'json'} onClick={() => toggle('json')}>JSON</button>
            <button type="button" class="ctl sm ghost" disabled={!draft.canUndo.value} title="Undo (Ctrl Z)" onClick={() => draft.undo()}>Undo</button>
            <button type="button" class="ctl sm ghost opt" disabled={!draft.canRedo.value} title="Redo (Ctrl Shift Z)" onClick={() => draft.redo()}>Redo</button>
            <button type="button" class="ctl sm" onClick={stop}>Cancel</button>
            <button type="button" class="ctl sm primary" disabled={busy || (!dirty && !!draft.id.value)} onClick={() => void save()}><Ico n="save" s />Save</button>
          </> : <>
            {report && <button type="button" class="ctl sm ghost" aria-pressed={drawer?.kind === 'report'} onClick={() => toggle('report')}>Imported{missing ? `, ${missing} differ` : ''}</button>}
            <button type="button" class="ctl sm" onClick={edit}>{isStarter ? 'Edit a copy' : 'Edit'}</button>
            <span class="anchor"><button type="button" class="ctl sm icon" aria-label="More about this dashboard" aria-haspopup="dialog" aria-expanded={more} onClick={() => setMore(!more)}><Ico n="more" s /></button>
              {more && <Pop label="More" onClose={() => setMore(false)} right>
                <button type="button" class="pi" onClick={() => { setMore(false); download(`${slug(d.title)}.json`, JSON.stringify(writeDashboard(d), null, 2)); }}><Ico n="download" s />Export as JSON</button>
                <button type="button" class="pi" onClick={() => toggle('json')}><Ico n="code" s />Show the JSON</button>
                {may && !isStarter && <button type="button" class="pi" onClick={() => { setMore(false); handed.dashboard = { ...d, title: `${d.title} (copy)`.slice(0, 190) }; go('/dash/new'); }}><Ico n="copy" s />Make a copy</button>}
                {may && draft.id.value && <button type="button" class="pi c-alarm" onClick={() => { setMore(false); setDeleting(true); }}><Ico n="trash" s />Delete…</button>}
              </Pop>}</span>
          </>}
        </div>
        {(d.variables.length > 0) && <VariableBar variables={d.variables} r={r} />}
        {l.error && !r && <p class="stale-note" role="status">The variables could not be read: {l.error}</p>}
        <Board draft={draft} values={r ? r.values : null} onEdit={(id) => setDrawer({ kind: 'panel', id })} chosen={drawer?.kind === 'panel' ? drawer.id : 0} />
      </div>
      {drawer?.kind === 'panel' && editing && <EditPanel key={drawer.id} draft={draft} id={drawer.id} values={r?.values ?? null} onClose={() => setDrawer(null)} />}
      {drawer?.kind === 'about' && <EditAbout draft={draft} onClose={() => setDrawer(null)} />}
      {drawer?.kind === 'variables' && <EditVariables draft={draft} r={r} onClose={() => setDrawer(null)} />}
      {drawer?.kind === 'json' && <EditJson draft={draft} onClose={() => setDrawer(null)} />}
      {drawer?.kind === 'report' && report && <aside class="drawer" aria-label="What was imported"><div class="sec-h drawer-h"><span>What was imported</span><span class="grow" /><button type="button" class="ctl sm primary" onClick={() => setDrawer(null)}>Done</button></div><div class="drawer-b"><ReportTable r={report} /></div></aside>}
      {conflict && <Conflict theirs={conflict} onClose={() => setConflict(null)} onMine={(v) => void save(v)} onCopy={() => { setConflict(null); draft.change({ ...d, title: `${d.title} (mine)`.slice(0, 190) }); saveAs().catch(failed('Not saved')); }} onTheirs={(s) => { const t = readDashboard(s.dashboard); if (!(t instanceof Error)) draft.reset(t, s.version); setConflict(null); done(); }} />}
      {leaving && <Modal label="Changes are not saved" onClose={() => setLeaving(null)}><div class="pbox ask"><h2 class="h2">Leave without saving?</h2><p class="dim">What was changed on “{d.title}” is lost then.</p><div class="prow"><button type="button" class="ctl danger" onClick={() => { const on = leaving; setLeaving(null); allowed.current = true; on(); allowed.current = false; }}>Leave</button><button type="button" class="ctl ghost" data-first onClick={() => setLeaving(null)}>Go on editing</button></div></div></Modal>}
      {deleting && <Modal label="Delete this dashboard" onClose={() => setDeleting(false)}><div class="pbox ask"><h2 class="h2">Delete “{d.title}”?</h2><p class="dim">With its {plural(d.panels.length, 'panel')} and all its versions; links to it lead nowhere then.</p><div class="prow"><button type="button" class="ctl danger" onClick={() => void remove()}>Delete</button><button type="button" class="ctl ghost" data-first onClick={() => setDeleting(false)}>Keep it</button></div></div></Modal>}
    </div>
  );
}
export const slug = (s: string): string => s.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '').slice(0, 60) || 'dashboard';
