// The palette as a page, with the recent and saved queries below.
import { Finder } from '../../parts/finder.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Ico } from '../../parts/icon.tsx';
import { recentQueries, savedQueries } from '../../state/theme.ts';
import { href } from '../../state/url.ts';

export default function Search() {
  const saved = savedQueries.value, recent = recentQueries.value;
  return (
    <div class="page search">
      <div class="head"><h1>Search</h1><span class="sub">names, filters, pages and actions; a filter is written label=value</span></div>
      <section class="panel"><Finder onDone={() => undefined} autofocus /></section>
      <div class="cols2">
        <section class="panel" aria-labelledby="sv"><header><h2 id="sv">Saved queries</h2><span class="sub">kept in this browser</span></header>
          {saved.length === 0 ? <Empty icon="save" title="Nothing saved yet">“Save” beside a query on Metrics puts it here.</Empty>
            : <ul class="feed">{saved.map((s, i) => <li key={i}><Ico n="save" /><a class="two" href={href('/metrics', { q: s.query })}><span>{s.name}</span><span class="faint mono">{s.query}</span></a>
              <button type="button" class="ctl sm ghost icon" aria-label={`Forget ${s.name}`} onClick={() => { savedQueries.value = saved.filter((_, j) => j !== i); }}><Ico n="x" s /></button></li>)}</ul>}
        </section>
        <section class="panel" aria-labelledby="rc"><header><h2 id="rc">Recent queries</h2>{recent.length > 0 && <span class="r"><button type="button" class="ctl sm ghost" onClick={() => { recentQueries.value = []; }}>Forget</button></span>}</header>
          {recent.length === 0 ? <Empty icon="clock" title="No queries yet">What you run on Metrics is listed here.</Empty>
            : <ul class="feed">{recent.map((q) => <li key={q}><Ico n="clock" /><a class="two" href={href('/metrics', { q })}><span class="mono">{q}</span></a></li>)}</ul>}
        </section>
      </div>
    </div>
  );
}
