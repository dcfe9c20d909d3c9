// Import: a file or a text, what becomes of it, and only then Save.
import { useState } from 'preact/hooks';
import { createDashboard } from '../../api/dashboards.ts';
import { messageOf } from '../../api/http.ts';
import { readDashboard, writeDashboard, type Dashboard } from '../../lib/dash/model.ts';
import { importGrafana, looksLikeGrafana } from '../../lib/grafana/import.ts';
import { plural } from '../../lib/units.ts';
import { Ico } from '../../parts/icon.tsx';
import { serverNow } from '../../state/time.ts';
import { toast } from '../../state/toast.ts';
import { go, href } from '../../state/url.ts';
import { Area, Text } from './fields.tsx';
import { parseJson, readJson } from './files.ts';
import { handed } from './one.tsx';
import { ReportTable } from './report.tsx';

export function Import() {
  const [text, setText] = useState(''), [fault, setFault] = useState(''), [d, setD] = useState<Dashboard | null>(null), [busy, setBusy] = useState(false), [over, setOver] = useState(false);
  const take = (json: unknown): void => {
    const made = looksLikeGrafana(json) ? importGrafana(json, serverNow()) : readDashboard(json), got = made instanceof Error ? made : 'report' in made && 'dashboard' in made ? made.dashboard : (made as Dashboard);
    if (got instanceof Error) { setFault(got.message); setD(null); } else { setFault(''); setD(got); }
  };
  const read = (from: () => unknown | Promise<unknown>): void => { void (async () => { try { take(await from()); } catch (e) { setFault(messageOf(e)); setD(null); } })(); };
  const save = (): void => {
    setBusy(true);
    createDashboard(writeDashboard(d!)).then((h) => { toast({ kind: 'ok', text: `“${h.title}” imported` }); go(`/dash/${h.id}`); }, (e: unknown) => toast({ kind: 'error', text: 'Not saved', detail: messageOf(e) })).finally(() => setBusy(false));
  };
  return (
    <div class="page">
      <div class="head"><a class="ctl sm ghost icon" href={href('/dash')} aria-label="All dashboards"><Ico n="left" s /></a><h1>Import a dashboard</h1><span class="sub">an export of Belfry, or of Grafana (its JSON model)</span></div>
      {!d && <section class="panel" aria-labelledby="imp"><header><h2 id="imp">Where it comes from</h2></header>
        <div class={'pbox drop' + (over ? ' over' : '')} onDragOver={(e) => { e.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)} onDrop={(e) => { e.preventDefault(); setOver(false); const f = e.dataTransfer?.files[0]; if (f) read(() => readJson(f)); }}>
          <label class="ctl file"><Ico n="upload" s />Choose a file<input class="vh" type="file" accept=".json,application/json" onChange={(e) => { const f = e.currentTarget.files?.[0]; if (f) read(() => readJson(f)); e.currentTarget.value = ''; }} /></label><span class="faint small">or drop it here, or paste its text below</span>
        </div>
        <div class="pbox"><Area label="JSON" mono rows={10} value={text} onInput={setText} />
          {fault && <p class="c-alarm small" role="alert">{fault}</p>}
          <div class="prow"><button type="button" class="ctl primary" disabled={!text.trim()} onClick={() => read(() => parseJson(text))}>Read it</button></div></div>
      </section>}
      {d && <section class="panel" aria-labelledby="imp"><header><h2 id="imp">What becomes of it</h2><span class="sub">{plural(d.panels.filter((p) => p.type !== 'row').length, 'panel')}, {plural(d.variables.length, 'variable')}; nothing is saved yet</span></header>
        <div class="pbox imp-f"><Text label="Title" value={d.title} most={200} onInput={(title) => setD({ ...d, title })} /><Text label="Folder" value={d.folder} most={200} placeholder="none" onInput={(folder) => setD({ ...d, folder })} /></div>
        {d.imported ? <div class="pbox"><ReportTable r={d.imported} /></div> : <p class="note">An export of Belfry: it is taken over as it is.</p>}
        <div class="pbox"><div class="prow"><button type="button" class="ctl primary" disabled={busy || !d.title.trim()} onClick={save}><Ico n="save" s />Save</button><button type="button" class="ctl" onClick={() => { handed.dashboard = d; go('/dash/new'); }}>Look at it first</button><button type="button" class="ctl ghost" onClick={() => setD(null)}>Another one</button></div></div>
      </section>}
    </div>
  );
}
