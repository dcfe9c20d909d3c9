// Targets: what this server scrapes, a panel a job; what does not answer first, with its reason.
import { getScraping, type Scraping, type Target } from '../../api/targets.ts';
import { plural } from '../../lib/units.ts';
import { Copyable } from '../../parts/copyable.tsx';
import { Empty, Panel } from '../../parts/empty.tsx';
import { Ico } from '../../parts/icon.tsx';
import { Seg } from '../../parts/seg.tsx';
import { Glyph, StateBadge } from '../../parts/state.tsx';
import { usePoll } from '../../state/live.ts';
import { refreshMs } from '../../state/time.ts';
import { href, param, setParams } from '../../state/url.ts';
import { Dropped, Pool } from './pool.tsx';

type Show = 'all' | 'down' | 'dropped';
const SHOW: readonly (readonly [Show, string])[] = [['all', 'All'], ['down', 'Not up'], ['dropped', 'Dropped']];
const matches = (words: string[], texts: string[]): boolean => { const all = texts.join('\n').toLowerCase(); return words.every((w) => all.includes(w)); };
const texts = (t: Target): string[] => [t.scrapePool, t.scrapeUrl, t.lastError, ...Object.entries(t.labels).map(([k, v]) => `${k}=${v}`)];

function sentence(s: Scraping): string {
  const up = s.targets.filter((t) => t.health === 'up').length, down = s.targets.filter((t) => t.health === 'down').length;
  if (!s.targets.length) return 'No target is scraped.';
  return `${up} of ${plural(s.targets.length, 'target')} ${s.targets.length === 1 ? 'answers' : 'answer'}${down ? `, ${down} ${down === 1 ? 'does' : 'do'} not` : ''}, in ${plural(s.pools.length, 'job')}.`;
}

export default function TargetsPage() {
  const l = usePoll(getScraping, Math.max(2000, refreshMs.value)).value, s = l.data;
  const show: Show = SHOW.find(([v]) => v === param('view'))?.[0] ?? 'all', q = param('q'), words = q.toLowerCase().split(/\s+/).filter(Boolean);
  const found = (s?.targets ?? []).filter((t) => (show === 'all' || t.health !== 'up') && matches(words, texts(t)));
  const gone = (s?.dropped ?? []).filter((d) => matches(words, [d.scrapePool, ...Object.entries(d.discoveredLabels).map(([k, v]) => `${k}=${v}`)]));
  const down = s?.targets.filter((t) => t.health === 'down').length ?? 0;
  return (
    <div class="page targets">
      <div class="head"><h1>Targets</h1>{s && s.targets.length > 0 && (down || s.error ? <StateBadge s="alarm" word={down ? `${down} DOWN` : 'LOOK'} /> : <StateBadge s="ok" word="OK" />)}
        <span class="sub" role="status">{s ? sentence(s) : ''}</span><span class="grow" />
        {s && s.pools.length > 0 && <><Seg label="Which targets" value={show} options={SHOW} onPick={(v) => setParams({ view: v === 'all' ? undefined : v })} />
          <label class="field dash-q"><Ico n="search" s /><input value={q} placeholder="Find a target" aria-label="Find a target" autocomplete="off" spellcheck={false} onInput={(e) => setParams({ q: e.currentTarget.value || undefined }, true)} /></label></>}</div>
      <Panel l={l} what="the targets" rows={6}>{(x) => <>
        {x.error && <section class="panel" role="alert"><p class="note-row"><Glyph s="alarm" /><span><b>The configuration was not taken{x.targets.length ? '; the one before goes on' : ''}.</b> <span class="dim break">{x.error}</span></span></p></section>}
        {!x.pools.length ? <Nothing file={x.config_file} /> : show === 'dropped' ? <Dropped all={gone} pools={x.pools} /> : <>
          {[...x.pools].sort((a, b) => Number(b.down > 0 || b.error !== '') - Number(a.down > 0 || a.error !== '')).map((p) => <Pool key={p.name} pool={p} targets={found.filter((t) => t.scrapePool === p.name)} filtered={show !== 'all' || words.length > 0} />)}
          {!found.length && x.targets.length > 0 && <section class="panel"><Empty icon="filter" title={show === 'down' && !words.length ? 'Every target answers' : `None of ${plural(x.targets.length, 'target')} is like this`} actions={<button type="button" class="ctl sm" onClick={() => setParams({ q: undefined, view: undefined })}>Show all</button>} /></section>}
        </>}
        {x.warnings.length > 0 && <section class="panel oh" aria-labelledby="nu"><header><h2 id="nu">Not used here</h2><span class="sub">{x.config_file}</span></header><ul class="feed">{x.warnings.map((w) => <li key={w} class="ref"><Glyph s="undet" /><span class="dim break">{w}</span></li>)}</ul></section>}
      </>}</Panel>
    </div>
  );
}

const Nothing = ({ file }: { file: string }) => (
  <section class="panel"><Empty icon="add" title={file ? 'The configuration has no scrape_configs' : 'Nothing is scraped yet'} actions={<a class="ctl sm" href={href('/add', { tab: 'scrape' })}>How to scrape</a>}>
    {file ? <>Add a job to <code class="mono">{file}</code>; it is read again when it changes.</> : <>Belfry asks exporters itself, with a Prometheus configuration or a list of addresses.</>}
  </Empty>{!file && <div class="pbox"><Copyable text="belfry serve --scrape 127.0.0.1:9100" what="Command" /></div>}</section>
);
