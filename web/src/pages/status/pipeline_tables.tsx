import type { Consumer, Receiver, Status } from '../../api/status.ts';
import { ago, fullTime } from '../../lib/timespec.ts';
import { fmt, plural, whole } from '../../lib/units.ts';
import { Empty } from '../../parts/empty.tsx';
import { Glyph } from '../../parts/state.tsx';
import { Spark } from '../../parts/spark.tsx';
import { narrow } from '../../state/theme.ts';
import { href } from '../../state/url.ts';

const REFUSED_RECENTLY_MS = 3_600_000;
// The tab of Add data for each receiver, where it is not the first one.
const TAB: Record<string, string | undefined> = { prometheus_import: 'curl', scrape: 'scrape', host: 'host' };
const colourOf = (i: number): string => `s${[1, 8, 3, 3, 2, 5, 7, 4][i % 8]}`;

function reason(r: Receiver, now: number): { text: string; tone: string; title: string } {
  if (r.last_refusal) return { text: r.last_refusal.reason.replace(/_/g, ' '), tone: now - r.last_refusal.ms < REFUSED_RECENTLY_MS ? 'c-warn' : 'faint', title: `${r.last_refusal.message}\n${r.last_refusal.sample}\n${fullTime(r.last_refusal.ms)}` };
  if (r.last_ms == null) return { text: 'nothing received yet', tone: 'faint', title: '' };
  return { text: '', tone: 'faint', title: '' };
}

export function Receivers({ s }: { s: Status }) {
  return (
    <section class="panel oh" aria-labelledby="rx"><header><h2 id="rx">Receivers</h2><span class="sub">what arrives, and by which way</span><span class="r"><a class="link" href={href('/add')}>Add data</a></span></header>
      {!s.receivers.length ? <Empty icon="add" title="Nothing listens">No receiver is switched on in the configuration.</Empty> : narrow.value ? (
        <div class="cards">{s.receivers.map((r) => { const why = reason(r, s.now_ms); return <div class="card" key={r.id}><div class="r1"><span class="nm">{r.title}</span><span class="when num">{fmt(r.per_s, 'per_s')}</span></div><div class="r1 small faint"><span class="mono cut">{r.listens_on}</span><span class="when">{r.last_ms == null ? 'never' : ago(r.last_ms, s.now_ms)}</span></div><div class="small dim">{plural(r.senders, 'sender')}, {whole(r.refused_total)} refused{r.last_refusal && <span class={why.tone}>: {why.text}</span>}</div></div>; })}</div>
      ) : (
        <div class="tx"><table class="tbl"><thead><tr><th scope="col">Protocol</th><th scope="col">Listens on</th><th scope="col" class="num">Per second</th><th scope="col" class="w84"><span class="vh">Last minute</span></th><th scope="col" class="num">Senders</th><th scope="col" class="num">Refused</th><th scope="col">Last reason</th></tr></thead>
          <tbody>{s.receivers.map((r, i) => { const why = reason(r, s.now_ms), quiet = r.per_s === 0; return (
            <tr key={r.id}><td><a class="name" href={href('/add', { tab: TAB[r.id] })} title="How to send to it">{r.title}</a></td><td class="faint mono why" title={r.listens_on}>{r.listens_on}</td><td class={'num' + (quiet ? ' faint' : '')} title={r.last_ms == null ? 'never' : 'last ' + fullTime(r.last_ms)}>{fmt(r.per_s, 'count')}</td><td>{r.history?.some((v) => v) ? <Spark v={r.history} w={76} h={16} c={colourOf(i)} /> : null}</td><td class="num">{whole(r.senders)}</td><td class={'num' + (r.refused_total ? '' : ' faint')}>{whole(r.refused_total)}</td><td class={'why ' + why.tone} title={why.title}>{why.text}</td></tr>
          ); })}</tbody></table></div>
      )}
    </section>
  );
}

export function Refusals({ s }: { s: Status }) {
  if (!s.refusals.length) return null;
  return (
    <section class="panel oh" aria-labelledby="rf"><header><h2 id="rf">Refused</h2><span class="sub">by reason, with the newest sample of each</span></header>
      <ul class="feed">{s.refusals.map((r, i) => <li key={i} class="ref"><Glyph s="undet" /><span class="two"><span><b>{whole(r.total)}</b> {r.reason.replace(/_/g, ' ')}: {r.message}</span><span class="faint mono" title={r.sample}>{r.sample || 'no sample kept'}</span></span><span class="when">{s.receivers.find((x) => x.id === r.receiver)?.title ?? r.receiver}{r.last_ms == null ? '' : `, ${ago(r.last_ms, s.now_ms)}`}</span></li>)}</ul>
    </section>
  );
}

const STATE: Record<Consumer['state'], [('ok' | 'undet' | 'alarm'), string]> = { in_step: ['ok', 'in step'], behind: ['undet', 'behind'], stopped: ['alarm', 'stopped'] };

export const Consumers = ({ s }: { s: Status }) => (
  <section class="panel oh" aria-labelledby="cx"><header><h2 id="cx">Consumers</h2><span class="sub">position in the log and how far behind</span></header>
    {!s.consumers.length ? <Empty icon="logs" title="No consumer runs">The server has just started, or stops.</Empty> : narrow.value ? (
      <div class="cards">{s.consumers.map((c) => <div class="card" key={c.id}><div class="r1"><span class="nm">{c.title}</span><span class="when st"><Glyph s={STATE[c.state][0]} /> {STATE[c.state][1]}</span></div><div class="small dim">{c.topic}, at {whole(c.position)}, {whole(c.behind)} behind, {fmt(c.lag_ms / 1000, 'seconds')}</div></div>)}</div>
    ) : (
      <div class="tx"><table class="tbl"><thead><tr><th scope="col">Consumer</th><th scope="col">Topic</th><th scope="col" class="num">Position</th><th scope="col" class="num">Behind</th><th scope="col" class="num">Lag</th><th scope="col">State</th></tr></thead>
        <tbody>{s.consumers.map((c) => <tr key={c.id}><td><span class="name">{c.title}</span></td><td class="faint">{c.topic}</td><td class="num mono">{whole(c.position)}</td><td class="num">{whole(c.behind)}</td><td class="num">{fmt(c.lag_ms / 1000, 'seconds')}</td><td class="why" title={c.error}><span class="st"><Glyph s={STATE[c.state][0]} /><span class="faint">{c.error || STATE[c.state][1]}</span></span></td></tr>)}</tbody></table></div>
    )}
  </section>
);
