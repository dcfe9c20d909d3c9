// All dashboards: by folder, found by words and tags; what comes with Belfry below.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { createDashboard, deleteDashboard, getDashboard, listDashboards, type DashboardHead } from '../../api/dashboards.ts';
import { messageOf } from '../../api/http.ts';
import { mayChange, session } from '../../api/session.ts';
import { ago } from '../../lib/timespec.ts';
import { plural } from '../../lib/units.ts';
import { Empty, Panel } from '../../parts/empty.tsx';
import { Ico } from '../../parts/icon.tsx';
import { Modal } from '../../parts/pop.tsx';
import { metricOf, metrics, wantMetrics } from '../../state/catalog.ts';
import { usePoll } from '../../state/live.ts';
import { refreshMs, serverNow } from '../../state/time.ts';
import { toast } from '../../state/toast.ts';
import { href, param, setParams } from '../../state/url.ts';
import { download } from './files.ts';
import { slug } from './one.tsx';
import { STARTERS, starter } from './starters.ts';

const failed = (what: string) => (e: unknown): void => toast({ kind: 'error', text: what, detail: messageOf(e) });

export function List() {
  const poll = usePoll(listDashboards, Math.max(5000, refreshMs.value)).value, [gone, setGone] = useState<ReadonlySet<string>>(new Set()), [deleting, setDeleting] = useState<DashboardHead | null>(null);
  useEffect(() => { void wantMetrics(); }, []);
  const q = param('q'), tag = param('tag'), may = mayChange(session.value), all = useMemo(() => (poll.data ?? []).filter((d) => !gone.has(`${d.id}:${d.version}`)), [poll.data, gone]);
  const found = all.filter((d) => (!tag || d.tags.includes(tag)) && q.toLowerCase().split(/\s+/).every((w) => [d.title, d.folder, ...d.tags].join('\n').toLowerCase().includes(w)));
  const folders = [...new Set(found.map((d) => d.folder))].sort(), tags = [...new Set(all.flatMap((d) => d.tags))].sort().slice(0, 30), now = serverNow();
  const starters = STARTERS.map((s) => ({ ...s, d: starter(s.id)! })).filter((s) => !tag && q.toLowerCase().split(/\s+/).every((w) => [s.d.title, s.d.description].join('\n').toLowerCase().includes(w)));
  const remove = async (d: DashboardHead): Promise<void> => {
    setDeleting(null);
    try {
      const kept = await getDashboard(d.id);
      await deleteDashboard(d.id);
      setGone((g) => new Set(g).add(`${d.id}:${d.version}`));
      toast({ kind: 'ok', text: `“${d.title}” deleted`, action: { label: 'Undo', run: () => { createDashboard(kept.dashboard, d.id).then(() => setGone(new Set()), failed('Not brought back')); } } });
    } catch (e) { failed('Not deleted')(e); }
  };
  const save = (d: DashboardHead): void => { getDashboard(d.id).then((s) => download(`${slug(d.title)}.json`, JSON.stringify(s.dashboard, null, 2)), failed('Not exported')); };
  const chip = (t: string) => <button type="button" key={t} class={'chip' + (t === tag ? ' on' : '')} aria-pressed={t === tag} onClick={() => setParams({ tag: t === tag ? undefined : t })}>{t}</button>;

  return (
    <div class="page dash-list">
      <div class="head"><h1>Dashboards</h1><span class="sub">{poll.data ? plural(all.length, 'dashboard') : ''}</span><span class="grow" />
        <label class="field dash-q"><Ico n="search" s /><input value={q} placeholder="Find a dashboard" aria-label="Find a dashboard" autocomplete="off" spellcheck={false} onInput={(e) => setParams({ q: e.currentTarget.value || undefined }, true)} /></label>
        {may && <><a class="ctl" href={href('/dash', { view: 'import' })}><Ico n="upload" s />Import</a><a class="ctl primary" href={href('/dash/new')}><Ico n="add" s />New</a></>}</div>
      {tags.length > 0 && <div class="tags" role="group" aria-label="Tags">{tags.map(chip)}</div>}
      <Panel l={poll} what="the dashboards" rows={4}>{() => <>
        {folders.map((f) => (
          <section class="panel" key={f} aria-label={f || 'No folder'}><header><h2>{f || (folders.length > 1 ? 'No folder' : 'Yours')}</h2><span class="sub">{plural(found.filter((d) => d.folder === f).length, 'dashboard')}</span></header>
            <table class="tbl dl"><caption class="vh">Dashboards {f && `in ${f}`}</caption><thead><tr><th scope="col">Title</th><th scope="col" class="only-l">Tags</th><th scope="col" class="num only-l">Panels</th><th scope="col">Changed</th><th scope="col"><span class="vh">Actions</span></th></tr></thead>
              <tbody>{found.filter((d) => d.folder === f).sort((a, b) => (a.title < b.title ? -1 : 1)).map((d) => (
                <tr key={d.id}><td class="name-c"><a class="name cut dl-a" href={href(`/dash/${d.id}`)}>{d.title}</a></td><td class="only-l"><span class="prow">{d.tags.map(chip)}</span></td><td class="num only-l">{d.panels}</td><td class="dim cut">{ago(d.updated_ms, now)}<span class="only-l faint"> by {d.updated_by || 'nobody'}</span></td>
                  <td class="num acts"><button type="button" class="ctl sm ghost icon opt" aria-label={`Export ${d.title}`} title="Export as JSON" onClick={() => save(d)}><Ico n="download" s /></button>{may && <button type="button" class="ctl sm ghost icon" aria-label={`Delete ${d.title}`} title="Delete" onClick={() => setDeleting(d)}><Ico n="trash" s /></button>}</td></tr>))}</tbody></table>
          </section>))}
        {!found.length && (q || tag) && !starters.length && <section class="panel"><Empty icon="filter" title={`None of ${plural(all.length, 'dashboard')} is like this`} actions={<button type="button" class="ctl sm" onClick={() => setParams({ q: undefined, tag: undefined })}>Show all</button>} /></section>}
        {!all.length && !q && !tag && <section class="panel"><Empty icon="dash" title="No dashboards of your own yet" actions={may ? <><a class="ctl sm primary" href={href('/dash/new')}>New dashboard</a><a class="ctl sm" href={href('/dash', { view: 'import' })}>Import one</a></> : undefined}>{may ? 'Start with an empty one, with a copy of one below, or with what you have in Grafana.' : 'Making one needs a login: belfry open prints a link. Those below are there for everyone.'}</Empty></section>}
      </>}</Panel>
      {starters.length > 0 && <section class="panel" aria-labelledby="st"><header><h2 id="st">Come with Belfry</h2><span class="sub">to look at, and to copy</span></header>
        <table class="tbl dl"><caption class="vh">Dashboards that come with Belfry</caption><thead><tr><th scope="col">Title</th><th scope="col" class="only-l">Shows</th><th scope="col" class="num only-l">Panels</th><th scope="col">Data</th></tr></thead>
          <tbody>{starters.map((s) => <tr key={s.id}><td class="name-c"><a class="name cut dl-a" href={href(`/dash/${s.id}`)}>{s.d.title}</a></td><td class="only-l dim cut">{s.d.description}</td><td class="num only-l">{s.d.panels.filter((p) => p.type !== 'row').length}</td><td class="dim">{!metrics.value ? '' : metricOf(s.needs) ? 'there is' : 'none yet'}</td></tr>)}</tbody></table>
      </section>}
      {deleting && <Modal label="Delete a dashboard" onClose={() => setDeleting(null)}><div class="pbox ask"><h2 class="h2">Delete “{deleting.title}”?</h2><p class="dim">With its {plural(deleting.panels, 'panel')} and all its versions; links to it lead nowhere then.</p><div class="prow"><button type="button" class="ctl danger" onClick={() => void remove(deleting)}>Delete</button><button type="button" class="ctl ghost" data-first onClick={() => setDeleting(null)}>Keep it</button></div></div></Modal>}
    </div>
  );
}
