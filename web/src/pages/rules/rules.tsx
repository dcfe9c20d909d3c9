// Rules: what rings and what waits first, then every group with the health of its rules.
import { useState } from 'preact/hooks';
import { getRules, type Rule, type RuleAlert, type RuleGroup, type Rules } from '../../api/rules.ts';
import { ago, durationText, fullTime, lasted } from '../../lib/timespec.ts';
import { fmt, plural } from '../../lib/units.ts';
import { Copyable } from '../../parts/copyable.tsx';
import { Empty, Fault } from '../../parts/empty.tsx';
import { Ico } from '../../parts/icon.tsx';
import { Chip, Glyph, StateBadge } from '../../parts/state.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { usePoll } from '../../state/live.ts';
import { refreshMs } from '../../state/time.ts';
import { href, param, setParams } from '../../state/url.ts';
import { EXAMPLE, judge, matches, SHOWS, type Show } from './judge.ts';

const LATE_TURNS = 3;  // a group that was not evaluated for so many of its intervals is late

export default function RulesPage() {
  const l = usePoll(getRules, Math.max(1000, refreshMs.value)).value, d = l.data;
  if (!d) return <div class="page"><div class="head"><h1>Rules</h1></div><section class="panel">{l.error ? <Fault l={l} what="the rules" /> : <Waiting rows={8} what="the rules" sinceMs={l.sinceMs} />}</section></div>;
  const q = param('q'), show = (SHOWS.find(([id]) => id === param('show'))?.[0] ?? 'all') as Show, j = judge(d);
  const groups = d.groups.map((g) => ({ g, rules: g.rules.filter((r) => matches(r, g, q, show)) })).filter((x) => x.rules.length || (!q && show === 'all' && !x.g.rules.length));
  const active = j.active.filter((a) => matches(a.rule, a.group, q, show));
  return (
    <div class="page">
      <div class="head">
        <h1>Rules</h1><StateBadge s={j.state} word={j.word} /><span class="sub" role="status">{j.sentence}{l.error ? ` Not up to date: ${l.error}` : ''}</span><span class="grow" /><a class="link small" href={href('/alarms', { q: undefined })}>All alarms</a>
        {d.groups.length > 0 && <label class="field"><Ico n="search" s /><input value={q} placeholder="Find a rule" aria-label="Find a rule" autocomplete="off" spellcheck={false} onInput={(e) => setParams({ q: e.currentTarget.value || undefined }, true)} /></label>}
      </div>
      {d.groups.length > 0 && <div class="tags" role="group" aria-label="Show">{SHOWS.map(([id, word, glyph]) => <button type="button" key={id} class={'chip' + (id === show ? ' on' : '')} aria-pressed={id === show} onClick={() => setParams({ show: id === 'all' ? undefined : id })}>{glyph && <Glyph s={glyph} />}{word} {j.counts[id]}</button>)}</div>}
      {!d.load.ok && <LoadErrors d={d} />}
      {active.length > 0 && <Active rows={active} now={d.now_ms} />}
      {groups.map(({ g, rules }) => <Group key={g.file + '\n' + g.name} g={g} rules={rules} now={d.now_ms} />)}
      {!d.groups.length && d.load.ok && <section class="panel"><Empty icon="alarms" title={d.load.files.length ? 'The rule files hold no rules' : 'No rule files yet'}>Belfry evaluates Prometheus’ rule files as they are. Name them in the configuration; they are read again when they change.</Empty><div class="pbox"><Copyable text={EXAMPLE} what="Example" /></div></section>}
      {d.groups.length > 0 && !groups.length && <section class="panel"><Empty icon="filter" title={`None of ${plural(j.counts.all, 'rule')} is like this`} actions={<button type="button" class="ctl sm" onClick={() => setParams({ q: undefined, show: undefined })}>Show all</button>} /></section>}
    </div>
  );
}

const LoadErrors = ({ d }: { d: Rules }) => (
  <section class="panel" aria-labelledby="le"><header><Glyph s="alarm" /><h2 id="le">The rule files are wrong</h2><span class="sub">{d.groups.length ? 'the rules before stay in force' : 'nothing is evaluated'}{d.load.at_ms != null && `, read ${ago(d.load.at_ms, d.now_ms)}`}</span></header>
    <ul class="pbox rule-errors">{d.load.errors.map((e) => <li key={e} class="mono">{e}</li>)}</ul>
  </section>
);

const labelsText = (labels: Record<string, string>): [string, string][] => Object.entries(labels).filter(([k]) => k !== 'alertname').sort(([a], [b]) => (a < b ? -1 : 1));
const Labels = ({ labels }: { labels: Record<string, string> }) => <span class="prow wrap">{labelsText(labels).map(([k, v]) => <Chip key={k} k={k + '='} v={v} />)}</span>;
const summary = (a: RuleAlert): string => a.annotations.summary ?? a.annotations.description ?? a.annotations.message ?? Object.values(a.annotations)[0] ?? '';
const number = (v: string): string => { const n = Number(v); return v === 'NaN' || v.endsWith('Inf') ? v : fmt(n, 'count'); };

function Active({ rows, now }: { rows: { alert: RuleAlert; rule: Rule; group: RuleGroup }[]; now: number }) {
  return (
    <section class="panel oh" aria-labelledby="act"><header><h2 id="act">Active alerts</h2><span class="sub">{plural(rows.length, 'alert')}, ringing first</span></header>
      <div class="tx"><table class="tbl fixed rules-a"><thead><tr><th scope="col" class="rs">State</th><th scope="col">Alert</th><th scope="col" class="only-l rx">For</th><th scope="col" class="num rn">Value</th><th scope="col" class="num rn">Since</th></tr></thead>
        <tbody>{rows.map(({ alert, rule, group }, i) => (
          <tr key={i} title={Object.entries(alert.annotations).map(([k, v]) => `${k}: ${v}`).join('\n')}>
            <td><StateBadge s={alert.state === 'firing' ? 'alarm' : 'undet'} word={alert.state === 'firing' ? 'ALARM' : 'WAITING'} /></td>
            <td class="name-c"><span class="two"><a class="name cut" href={href('/metrics', { q: rule.expr })} title="Open the expression in Metrics">{rule.name}</a><span class="faint cut small">{summary(alert) || group.name}</span></span></td>
            <td class="only-l"><Labels labels={alert.labels} /></td>
            <td class="num" title={alert.value}>{number(alert.value)}</td>
            <td class="num dim" title={`${fullTime(alert.active_ms)}${alert.fired_ms ? `\nringing since ${fullTime(alert.fired_ms)}` : `\nrings after ${durationText(rule.for_ms)}`}${alert.kept ? '\nthe reason is gone, keep_firing_for holds it' : ''}`}>{lasted(now - (alert.fired_ms ?? alert.active_ms))}{alert.kept && <span class="faint"> kept</span>}</td>
          </tr>))}</tbody></table></div>
    </section>
  );
}

function Group({ g, rules, now }: { g: RuleGroup; rules: Rule[]; now: number }) {
  const late = g.evaluated_ms != null && now - g.evaluated_ms > LATE_TURNS * g.interval_ms;
  return (
    <section class="panel oh" aria-label={`Group ${g.name}`}>
      <header><h2 class="cut">{g.name}</h2><span class="sub mono only-l" title={g.file}>{g.file}</span>
        <span class="r sub"><span><span class="only-l">every {durationText(g.interval_ms)}, </span><span class={late ? 'c-warn' : ''} title={g.evaluated_ms == null ? '' : fullTime(g.evaluated_ms)}>{g.evaluated_ms == null ? 'not evaluated yet' : ago(g.evaluated_ms, now)}</span>{g.evaluated_ms != null && <span class="only-l">, took {fmt(g.duration_s, 'seconds')}</span>}{g.missed > 0 && <span class="c-warn" title="An evaluation took longer than the interval">, {plural(g.missed, 'turn')} missed</span>}</span></span></header>
      {!rules.length ? <p class="pbox faint small">The group has no rules.</p> : (
        <table class="tbl fixed rules-t"><thead><tr><th scope="col" class="rs">State</th><th scope="col">Rule</th><th scope="col" class="only-l rx">Expression</th><th scope="col" class="num only-l rn">For</th><th scope="col" class="num rn">Gives</th><th scope="col" class="num only-l rn">Took</th></tr></thead>
          <tbody>{rules.map((r) => <Row key={`${r.line}`} r={r} now={now} />)}</tbody></table>
      )}
    </section>
  );
}

function Row({ r, now }: { r: Rule; now: number }) {
  const [open, setOpen] = useState(false), alerting = r.type === 'alerting';
  const state = r.health === 'err' ? <StateBadge s="undet" word="FAILED" /> : r.state === 'firing' ? <StateBadge s="alarm" /> : r.state === 'pending' ? <StateBadge s="undet" word="WAITING" /> : r.health === 'unknown' ? <span class="faint small">not yet</span> : <StateBadge s="ok" />;
  return <>
    <tr aria-expanded={open}>
      <td>{state}</td>
      <td><button type="button" class="row-b" aria-expanded={open} onClick={() => setOpen(!open)}><span class="two"><span class="name cut" title={r.name}>{r.name}</span>{r.last_error && <span class="c-warn cut small" title={r.last_error}>{r.last_error}</span>}</span></button></td>
      <td class="only-l"><a class="mono cut blk dim" href={href('/metrics', { q: r.expr })} title={r.expr}>{r.expr}</a></td>
      <td class="num dim only-l">{alerting && r.for_ms ? durationText(r.for_ms) : ''}</td>
      <td class="num">{alerting ? plural(r.alerts_count, 'alert') : plural(r.samples, 'series', 'series')}</td>
      <td class="num dim only-l" title={r.evaluated_ms == null ? '' : fullTime(r.evaluated_ms)}>{r.evaluated_ms == null ? '' : fmt(r.duration_s, 'seconds')}</td>
    </tr>
    {open && <tr class="rule-d"><td colSpan={6}>
      <Copyable text={r.expr} what="Expression" />
      <dl class="kvt">
        <dt>Kind</dt><dd>{alerting ? 'alert' : 'recorded series'}, line {r.line}</dd>
        {alerting && <><dt>Rings after</dt><dd>{r.for_ms ? durationText(r.for_ms) : 'at once'}{r.keep_firing_for_ms > 0 && `, holds for ${durationText(r.keep_firing_for_ms)}`}</dd></>}
        <dt>Evaluated</dt><dd>{r.evaluated_ms == null ? 'not yet' : `${ago(r.evaluated_ms, now)}, took ${fmt(r.duration_s, 'seconds')}`}</dd>
        {r.last_error && <><dt>Error</dt><dd class="c-warn break">{r.last_error}</dd></>}
        {labelsText(r.labels).length > 0 && <><dt>Labels</dt><dd><Labels labels={r.labels} /></dd></>}
        {Object.entries(r.annotations).map(([k, v]) => <><dt key={k}>{k}</dt><dd class="break">{v}</dd></>)}
        {r.alerts.length < r.alerts_count && <><dt>Alerts</dt><dd>{plural(r.alerts_count, 'alert')}; the first {r.alerts.length} are listed above</dd></>}
      </dl>
      <div class="prow"><a class="ctl sm" href={href('/metrics', { q: r.expr })}><Ico n="metrics" s />Open in Metrics</a></div>
    </td></tr>}
  </>;
}
