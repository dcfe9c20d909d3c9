import { Fragment } from 'preact';
import { useState } from 'preact/hooks';
import type { Dropped as DroppedTarget, Labels, Pool as PoolRow, Target } from '../../api/targets.ts';
import { quote } from '../../lib/parse/promql.ts';
import { ago, fullTime } from '../../lib/timespec.ts';
import { fmt, plural, whole } from '../../lib/units.ts';
import { Chip, Glyph, type State } from '../../parts/state.tsx';
import { narrow } from '../../state/theme.ts';
import { serverNow } from '../../state/time.ts';
import { href, param, setParams } from '../../state/url.ts';

const MOST_ROWS = 100; // of a job, until asked for more
const STATE: Record<Target['health'], [State, string]> = { up: ['ok', 'up'], down: ['alarm', 'down'], unknown: ['undet', 'not asked yet'] };
const RANK: Record<Target['health'], number> = { down: 0, unknown: 1, up: 2 };
const nameOf = (t: Target): string => t.scrapeUrl.replace(/^http:\/\//, '');
const own = (t: Target): [string, string][] => Object.entries(t.labels).filter(([k]) => k !== 'job' && k !== 'instance');
const series = (t: Target): string => href('/metrics', { q: `{${Object.entries(t.labels).map(([k, v]) => `${/^[a-zA-Z_]\w*$/.test(k) ? k : quote(k)}=${quote(v)}`).join(', ')}}` });
const when = (t: Target, now: number): { text: string; title: string } => { const ms = Date.parse(t.lastScrape); return ms > 0 ? { text: ago(ms, now), title: fullTime(ms) } : { text: 'never', title: '' }; };

const Tags = ({ labels }: { labels: Labels }) => <span class="tags">{Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => <Chip key={k} k={`${k}=`} v={v} />)}</span>;

const Details = ({ t }: { t: Target }) => (
  <div class="tg-more">
    <span class="faint">Labels</span><Tags labels={t.labels} />
    <span class="faint">Before relabelling</span><Tags labels={t.discoveredLabels} />
    <span class="faint">Asked</span><span class="dim">every {t.scrapeInterval}, at most {t.scrapeTimeout} long</span>
    <span class="faint">Answer</span><span class="dim">{t.bodyBytes ? `${fmt(t.bodyBytes, 'bytes')}, ${t.contentType || 'without a content type'}` : 'none'}</span>
    <span class="faint">Series</span><a class="link" href={series(t)}>{plural(t.series, 'series', 'series')} in Metrics</a>
  </div>
);

export function Pool({ pool, targets, filtered }: { pool: PoolRow; targets: Target[]; filtered: boolean }) {
  const [all, setAll] = useState(false), now = serverNow(), open = param('sel'), total = pool.up + pool.down + pool.unknown;
  if (!targets.length && filtered) return null;
  const sorted = [...targets].sort((a, b) => RANK[a.health] - RANK[b.health] || (a.scrapeUrl < b.scrapeUrl ? -1 : 1)), rows = all ? sorted : sorted.slice(0, MOST_ROWS);
  const flip = (t: Target): void => setParams({ sel: open === t.scrapeUrl ? undefined : t.scrapeUrl }, true);
  const error = (t: Target) => t.lastError && <span class={'break ' + (t.health === 'down' ? 'c-alarm' : 'c-warn')}>{t.lastError}</span>;
  return (
    <section class="panel oh" aria-label={pool.name}><header><h2>{pool.name}</h2><span class="sub">{total ? `${pool.up} of ${total} up, every ${fmt(pool.interval_ms / 1000, 'seconds')}` : 'no targets'}{pool.dropped > 0 && `, ${whole(pool.dropped)} dropped by relabelling`}</span></header>
      {pool.error && <p class="note-row"><Glyph s="undet" /><span class="break">{pool.error}</span></p>}
      {!rows.length ? (pool.error ? null : <p class="note-row faint">{pool.dropped ? 'Relabelling dropped every target of this job.' : 'Discovery gives this job no target.'}</p>) : narrow.value ? (
        <div class="cards">{rows.map((t) => <div class="card" key={t.scrapeUrl}><div class="r1"><button type="button" class="tg-b" aria-expanded={open === t.scrapeUrl} onClick={() => flip(t)}><Glyph s={STATE[t.health][0]} /><span class="nm">{nameOf(t)}</span></button><span class="when" title={when(t, now).title}>{when(t, now).text}</span></div><div class="small dim">{STATE[t.health][1]}, {fmt(t.lastScrapeDuration, 'seconds')}, {plural(t.samples, 'sample')}</div>{t.lastError && <div class="small">{error(t)}</div>}{open === t.scrapeUrl && <Details t={t} />}</div>)}</div>
      ) : (
        <div class="tx"><table class="tbl tg"><caption class="vh">Targets of {pool.name}</caption><thead><tr><th scope="col">State</th><th scope="col">Target</th><th scope="col">Labels</th><th scope="col" class="num">Asked</th><th scope="col" class="num">Took</th><th scope="col" class="num">Samples</th><th scope="col" class="num">Series</th></tr></thead>
          <tbody>{rows.map((t) => { const at = when(t, now), here = open === t.scrapeUrl; return (
            <Fragment key={t.scrapeUrl + JSON.stringify(t.labels)}>
              <tr class={here ? 'on' : ''}><td><span class="st"><Glyph s={STATE[t.health][0]} /><span class="faint">{STATE[t.health][1]}</span></span></td>
                <td class="cut"><button type="button" class="tg-b name" aria-expanded={here} title={t.scrapeUrl} onClick={() => flip(t)}>{nameOf(t)}</button></td>
                <td class="cut"><span class="tg-l">{own(t).map(([k, v]) => <Chip key={k} k={`${k}=`} v={v} />)}{t.labels['instance'] !== undefined && !nameOf(t).startsWith(t.labels['instance']) && <Chip k="instance=" v={t.labels['instance']} />}</span></td>
                <td class="num dim" title={at.title}>{at.text}</td><td class={'num' + (t.health === 'unknown' ? ' faint' : '')}>{t.health === 'unknown' ? '–' : fmt(t.lastScrapeDuration, 'seconds')}</td><td class={'num' + (t.samples ? '' : ' faint')}>{whole(t.samples)}</td>
                <td class="num"><a class="link" href={series(t)} title="Open its series in Metrics" aria-label={`${plural(t.series, 'series', 'series')} of ${nameOf(t)}`}>{whole(t.series)}</a></td></tr>
              {t.lastError && <tr class="tg-e"><td /><td colSpan={6}>{error(t)}</td></tr>}
              {here && <tr class="tg-d"><td /><td colSpan={6}><Details t={t} /></td></tr>}
            </Fragment>); })}</tbody></table></div>
      )}
      {rows.length < sorted.length && <div class="pbox"><button type="button" class="ctl sm" onClick={() => setAll(true)}>Show all {whole(sorted.length)}</button></div>}
    </section>
  );
}

export function Dropped({ all, pools }: { all: DroppedTarget[]; pools: PoolRow[] }) {
  const [more, setMore] = useState(false), count = pools.reduce((a, p) => a + p.dropped, 0), rows = more ? all : all.slice(0, MOST_ROWS);
  return (
    <section class="panel oh" aria-labelledby="dr"><header><h2 id="dr">Dropped by relabelling</h2><span class="sub">{plural(count, 'target')}, with the labels that discovery gave</span></header>
      {!rows.length ? <p class="note-row faint">{count ? 'None is like this.' : 'Relabelling drops nothing.'}</p> : <ul class="feed">{rows.map((d, i) => <li key={i} class="ref"><span class="name">{d.scrapePool}</span><Tags labels={d.discoveredLabels} /></li>)}</ul>}
      {rows.length < all.length && <div class="pbox"><button type="button" class="ctl sm" onClick={() => setMore(true)}>Show all {whole(all.length)}</button></div>}
    </section>
  );
}
