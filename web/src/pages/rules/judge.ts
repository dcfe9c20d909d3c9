// What the rules are in one sentence, and which of them a filter shows. Pure.
import type { Rule, RuleAlert, RuleGroup, Rules } from '../../api/rules.ts';

export type Show = 'all' | 'firing' | 'pending' | 'err' | 'alerting' | 'recording';
export const SHOWS: readonly (readonly [Show, string, ('ok' | 'alarm' | 'undet')?])[] = [['all', 'All'], ['firing', 'Ringing', 'alarm'], ['pending', 'Waiting', 'undet'], ['err', 'Failed', 'undet'], ['alerting', 'Alerts'], ['recording', 'Recorded']];

export const EXAMPLE = `# belfry.toml
[rules]
files = ["/etc/belfry/rules/*.yml"]

# /etc/belfry/rules/host.yml
groups:
- name: host
  rules:
  - record: instance:cpu:ratio
    expr: 1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m]))
  - alert: DiskFills
    expr: node_filesystem_avail_bytes / node_filesystem_size_bytes < 0.1
    for: 10m
    annotations:
      summary: "{{ $labels.mountpoint }} has {{ $value | humanizePercentage }} left"
`;

const has = (r: Rule, show: Show): boolean => show === 'all' || (show === 'firing' || show === 'pending' ? r.alerts.some((a) => a.state === show) || r.state === show : show === 'err' ? r.health === 'err' : r.type === show);

export function matches(r: Rule, g: RuleGroup, q: string, show: Show): boolean {
  if (!has(r, show)) return false;
  const text = [r.name, g.name, g.file, r.expr, ...Object.entries(r.labels).map(([k, v]) => `${k}=${v}`)].join('\n').toLowerCase();
  return q.toLowerCase().split(/\s+/).every((w) => text.includes(w));
}

export interface ActiveRow { alert: RuleAlert; rule: Rule; group: RuleGroup }
export function judge(d: Rules): { state: 'ok' | 'alarm' | 'undet'; word: string; sentence: string; counts: Record<Show, number>; active: ActiveRow[] } {
  const all = d.groups.flatMap((group) => group.rules.map((rule) => ({ rule, group })));
  const active = all.flatMap(({ rule, group }) => rule.alerts.map((alert) => ({ alert, rule, group }))).sort((a, b) => (a.alert.state === b.alert.state ? b.alert.active_ms - a.alert.active_ms : a.alert.state === 'firing' ? -1 : 1));
  const firing = active.filter((a) => a.alert.state === 'firing').length, failed = all.filter(({ rule }) => rule.health === 'err').length;
  const counts = Object.fromEntries(SHOWS.map(([id]) => [id, all.filter(({ rule }) => has(rule, id)).length])) as Record<Show, number>;
  const n = (k: number, one: string, many = one + 's'): string => `${k} ${k === 1 ? one : many}`;
  const total = `${n(all.length, 'rule')} in ${n(d.groups.length, 'group')}`, waiting = active.length - firing;
  if (firing) return { state: 'alarm', word: 'RINGING', sentence: `${n(firing, 'alert rings', 'alerts ring')}${waiting ? `, ${n(waiting, 'waits', 'wait')}` : ''}; ${total}.`, counts, active };
  if (!d.load.ok) return { state: 'undet', word: 'LOOK', sentence: 'A rule file is wrong.', counts, active };
  if (failed) return { state: 'undet', word: 'LOOK', sentence: `${n(failed, 'rule fails', 'rules fail')}; ${total}.`, counts, active };
  if (!all.length) return { state: 'ok', word: 'OK', sentence: 'There are no rules.', counts, active };
  return { state: 'ok', word: 'OK', sentence: `Nothing rings${waiting ? `, ${n(waiting, 'alert waits', 'alerts wait')}` : ''}; ${total}.`, counts, active };
}
