// Alarms, definitions and notifications of the development server.
import { hash, wave } from './mock_data.mjs';

const HOUR = 3_600_000, DAY = 24 * HOUR;
const uid = (s) => { const h = [0, 1, 2, 3].map((i) => (hash(s + i) >>> 0).toString(16).padStart(8, '0')).join(''); return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20, 32)}`; };

export function mockAlarms(o, hostile, { ok, fail }) {
  const now = Date.now();
  const DEFS = [['Checkout slow', 'HIGH', 'promql', 'histogram_quantile(0.95, sum by (le, service) (rate(http_request_duration_seconds_bucket{env="production"}[5m]))) > 0.8', ['service'], 'seconds'], ['Payment failures', 'CRITICAL', 'promql', '100 * sum by (service) (rate(http_requests_total{code=~"5.."}[5m])) / sum by (service) (rate(http_requests_total[5m])) > 2', [], 'percent'], ['Host silent', 'MEDIUM', 'monasca', 'max(host_alive_status) > 0', ['hostname'], 'count'], ['Backup age', 'LOW', 'monasca', 'last(backup.age_seconds) > 100000', ['hostname'], 'seconds'], ['Certificate expires', 'LOW', 'monasca', 'min(cert.days) < 14', ['hostname'], 'days'], ['Disk fills', 'HIGH', 'promql', '100 * node_filesystem_avail_bytes / node_filesystem_size_bytes < 10', [], 'percent'], ['Memory low', 'MEDIUM', 'promql', 'node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes < 0.1', [], 'ratio'], ['Load high', 'LOW', 'monasca', 'avg(node_load1{job=node}, 300) > 8 times 3', ['instance'], 'count'], ['Queue behind', 'HIGH', 'monasca', 'max(belfry_consumer_lag_seconds) > 30 and max(belfry_queue_bytes) > 1000000', [], 'seconds']];
  const PART = /^(max|min|avg|sum|count|last)\(([^{,)]+)(?:\{([^}]*)\})?(?:,\s*(deterministic))?(?:,\s*(\d+))?\)\s*(>=|<=|>|<)\s*(-?[\d.]+)(?:\s+times\s+(\d+))?$/i;
  const partsOf = (e) => { const bits = e.split(/\s+(and|or)\s+/i), out = []; for (let i = 0; i < bits.length; i += 2) { const m = PART.exec(bits[i].trim()); if (!m) return null; out.push({ function: m[1].toLowerCase(), metric: m[2].trim(), dimensions: Object.fromEntries((m[3] ?? '').split(',').filter(Boolean).map((d) => d.split('=').map((x) => x.trim()))), op: m[6], threshold: Number(m[7]), period_s: Number(m[5] ?? 60), times: Number(m[8] ?? 1), deterministic: !!m[4], join: i ? bits[i - 1].toLowerCase() : null }); } return out; };
  const defs = o.empty ? [] : DEFS.map(([name, severity, language, expression, match_by, unit], i) => ({ id: uid('d' + name), name: hostile(name, i), description: hostile(i % 2 ? 'Somebody should look' : '', i + 1), language, expression, severity, match_by: match_by.map((m) => hostile(m, i)), alarm_actions: [uid('m0')], ok_actions: [], undetermined_actions: [], actions_enabled: i !== 8, interval_ms: 60000, for_ms: language === 'promql' ? 180000 : 0, keep_firing_for_ms: 0, no_data: 'undetermined', labels: i ? {} : { [hostile('team', 2)]: hostile('shop', 3) }, annotations: i ? {} : { summary: hostile('{{ $labels.service }} answers slowly', 4) }, ready_made: i === 8, created_ms: now - 41 * DAY, updated_ms: now - (i + 1) * DAY, unit }));
  const row = (d, labels, state, mins, value, i) => ({ id: uid('a' + i), source: defs[d].language === 'promql' ? 'rules' : 'threshold', definition_id: defs[d].id, name: defs[d].name, description: defs[d].description, severity: defs[d].severity, labels: Object.fromEntries(Object.entries(labels).map(([k, v]) => [k, hostile(v, i)])), annotations: defs[d].annotations, state, reason: hostile(state === 'ALARM' ? 'Thresholds were exceeded for the sub-alarms: max(x) > 0.8 with the values: [1.91]' : state === 'OK' ? 'The alarm threshold(s) have not been exceeded' : 'No data was present for the sub-alarms', i), value, unit: defs[d].unit, since_ms: now - mins * 60000, created_ms: now - 41 * DAY, updated_ms: now - mins * 60000, actions_enabled: defs[d].actions_enabled, lifecycle_state: '', link: '', acknowledged: null, muted_until_ms: null, silenced_by: [] });
  const list = o.empty ? [] : [row(0, { service: 'checkout' }, 'ALARM', 54, 1.91, 0), row(1, { service: 'payment' }, 'ALARM', 52, 3.1, 1), ...['Host', 'Backup', 'Cert'].map((_, i) => row(2 + i, { hostname: 'edge-3' }, 'UNDETERMINED', 12, null, 2 + i)),
    ...Array.from({ length: o.many ? 20000 : 41 }, (_, i) => row(5 + (i % 4), { instance: `tower-${1 + (i % 9)}`, mount: ['/', '/var', '/srv'][i % 3] }, 'OK', 60 * (3 + ((i * 37) % 900)), [71, 0.58, 0.4, 0.038][i % 4] * (1 + (i % 7) / 20), 10 + i))];
  let version = 1;
  const counts = (l) => Object.fromEntries(['ALARM', 'UNDETERMINED', 'OK'].map((s) => [s, l.filter((a) => a.state === s).length]));
  const methods = o.empty ? [] : [['on-call webhook', 'WEBHOOK', 'http://127.0.0.1:9/hook', {}, { pending: 0, failing_since_ms: null, last_ok_ms: now - 54 * 60000, last_error: '' }], ['shop@example.org', 'EMAIL', 'shop@example.org', { smtp: 'mail.example.org:25', password: '***' }, { pending: 2, failing_since_ms: now - 5 * 60000, last_ok_ms: now - 3 * HOUR, last_error: hostile('mail.example.org:25: nobody answers there: Connection refused', 3) }]].map(([name, type, address, options, health], i) => ({ id: uid('m' + i), name: hostile(name, i), type, address: hostile(address, i + 1), period_s: i ? 60 : 0, options, created_ms: now - 9 * DAY, updated_ms: now - DAY, health }));
  const types = ['EMAIL', 'WEBHOOK', 'PAGERDUTY', 'SLACK', 'JIRA', 'TEAMS', 'TELEGRAM', 'ALERTMANAGER'].map((type) => ({ type, address_hint: type === 'EMAIL' ? 'ana@example.org' : 'https://example.org/hook', options: type === 'WEBHOOK' ? [{ name: 'template', hint: 'the body; empty for the usual one', secret: false, multiline: true }, { name: 'password', hint: 'for basic authentication', secret: true, multiline: false }] : [] }));
  const silences = o.empty ? [] : [{ id: uid('s0'), matchers: [{ name: 'hostname', op: '=~', value: hostile('edge-.*', 1) }, { name: 'severity', op: '=', value: 'low' }], starts_ms: now - HOUR, ends_ms: now + HOUR, created_by: hostile('ana', 2), comment: hostile('moving the rack', 3), alarms: 3 }, { id: uid('s1'), matchers: [{ name: 'alarmname', op: '=', value: 'Load high' }], starts_ms: now - 2 * DAY, ends_ms: now - DAY, created_by: 'ben', comment: 'load test', alarms: 0 }];
  const monitors = o.empty ? [] : [{ id: uid('n0'), name: hostile('Orders by hour', 0), query: 'sum(rate(http_requests_total[5m]))', detector: 'holt_winters', season_s: 86400 }];
  const users = o.empty ? [] : [['admin', 'admin'], ['ana', 'monasca-user']].map(([name, role], i) => ({ id: 'u' + i, name: hostile(name, i), enabled: true, projects: { [hostile('default', i + 1)]: [hostile(role, i + 2)] }, created_ms: now - 9 * DAY, updated_ms: now - DAY, password_changed_ms: now - 9 * DAY }));
  let yaml = '';
  const strip = (a, from, to) => { const out = [], cuts = []; for (let i = 0; i < (hash(a.id) % 3); i++) { const at = from + ((hash(a.id + i) % 1000) / 1000) * (to - from) * 0.8; cuts.push([at, at + (to - from) * 0.012, hash(a.id + i) % 2 ? 'ALARM' : 'UNDETERMINED']); } cuts.sort((x, y) => x[0] - y[0]); let t = from; for (const [b, e, s] of cuts) { if (b > t) { out.push([t, b, 'OK', '']); out.push([b, e, s, hostile('the limit was passed', 3)]); t = e; } } if (a.state !== 'OK' && a.since_ms < to) { if (a.since_ms > t) out.push([t, a.since_ms, 'OK', '']); out.push([Math.max(t, a.since_ms), to, a.state, a.reason]); } else if (t < to) out.push([t, to, 'OK', '']); return out; };
  const told = (a) => methods.map((m, i) => ({ method: m.name, type: m.type, at_ms: a.since_ms + 40, status: i ? 'failed' : 'sent', detail: i ? hostile('Connection refused', 2) : '200' }));
  const histories = new Map(), extra = (a) => histories.get(a.id) ?? [];
  const note = (a, kind, reason, by = 'admin') => { a.updated_ms = Date.now(); version++; histories.set(a.id, [{ number: 1000 + version, at_ms: Date.now(), kind, old: null, new: null, reason, by, value: null, notified: [] }, ...extra(a)]); };
  const status = (s) => (Date.now() > s.ends_ms ? 'expired' : Date.now() < s.starts_ms ? 'pending' : 'active');
  const found = (l, id) => l.find((x) => x.id === decodeURIComponent(id));

  function api(method, path, p, body) {
    const [what, id, verb] = path.split('/'), j = () => JSON.parse(body || '{}');
    if (what === 'alarms') {
      if (!id) {
        const q = (p.get('q') ?? '').toLowerCase(), st = (p.get('state') ?? '').split(',').filter(Boolean), sev = p.get('severity');
        const l = list.filter((a) => (!q || `${a.name} ${Object.entries(a.labels).map(([k, v]) => k + '=' + v)}`.toLowerCase().includes(q)) && (!sev || a.severity === sev)), m = l.filter((a) => !st.length || st.includes(a.state));
        return ok({ version, counts: counts(l), total: m.length, alarms: m.slice(0, Number(p.get('limit') ?? 100)).map((a) => ({ ...a, value: a.value == null ? null : a.value * (1 + wave(hash(a.id), Date.now(), { base: 0, noise: 0.01 })) })) });
      }
      if (id === 'strips') { const from = Number(p.get('from')), to = Number(p.get('to')), ids = (p.get('ids') ?? '').split(',').filter(Boolean); const c = (s, e, st) => [from + s * (to - from), from + e * (to - from), st, hostile('Checkout slow', 1)]; return ok({ from_ms: from, to_ms: to, watch: o.empty ? [] : [c(0, 0.118, 'OK'), c(0.118, 0.131, 'ALARM'), c(0.131, 0.37, 'OK'), c(0.37, 0.402, 'UNDETERMINED'), c(0.402, 0.83, 'OK'), c(0.83, 0.846, 'ALARM'), c(0.846, 0.962, 'OK'), c(0.962, 1, 'ALARM')], strips: Object.fromEntries(ids.flatMap((i) => { const a = found(list, i); return a ? [[i, strip(a, from, to)]] : []; })) }); }
      const a = found(list, id);
      if (!a) return fail(404, 'There is no such alarm. It may have been deleted.', 'not_found');
      const d = defs.find((x) => x.id === a.definition_id);
      if (verb === 'history') return ok({ entries: [...extra(a), { number: 9, at_ms: a.since_ms, kind: 'transition', old: 'OK', new: a.state, reason: a.reason, by: '', value: a.value, notified: told(a) }, { number: 8, at_ms: a.since_ms - HOUR, kind: 'transition', old: 'ALARM', new: 'OK', reason: hostile('back below the limit', 1), by: '', value: 0.46, notified: [] }, { number: 7, at_ms: a.since_ms - 2 * HOUR, kind: 'transition', old: 'OK', new: 'ALARM', reason: '3 periods above 800 ms', by: '', value: 1.12, notified: told(a).slice(0, 1) }, { number: 1, at_ms: a.created_ms, kind: 'created', old: null, new: 'UNDETERMINED', reason: '', by: '', value: null, notified: [] }].slice(0, Number(p.get('limit') ?? 100)) });
      if (verb === 'ack') { if (method === 'DELETE') { a.acknowledged = null; note(a, 'changed', 'acknowledgement taken back'); } else { const { reason, until_ms } = j(); a.acknowledged = { by: 'admin', reason, at_ms: Date.now(), until_ms }; note(a, 'changed', `acknowledged: “${reason}”`); } return { status: 204 }; }
      if (verb === 'mute') { if (method === 'DELETE') a.muted_until_ms = null; else a.muted_until_ms = j().until_ms; note(a, 'changed', method === 'DELETE' ? 'no longer muted' : `muted: “${j().reason}”`); return { status: 204 }; }
      if (method === 'DELETE') { list.splice(list.indexOf(a), 1); return { status: 204 }; }
      const parts = partsOf(d.expression), c = /^(.*?)\s*(>=|<=|>|<)\s*(-?[\d.]+)$/s.exec(d.expression);
      return ok({ alarm: a, definition: { ...d, alarms: counts(list.filter((x) => x.definition_id === d.id)), parts }, metrics: [{ name: parts?.[0]?.metric ?? 'http_request_duration_seconds', dimensions: a.labels }], sub_alarms: [], chart: d.language === 'promql' ? { query: o.hostile ? c[1] : 'node_load1', threshold: Number(c[3]), op: c[2] } : { query: `node_load1`, threshold: parts[0].threshold, op: parts[0].op }, words: a.state === 'ALARM' ? hostile(`Ringing since ${new Date(a.since_ms).toTimeString().slice(0, 5)}, 54 minutes. The value is ${a.value}, the limit is 0.8.`, 1) : '', siblings: { total: 12, ringing: 1 }, notified: a.state === 'ALARM' ? told(a) : [] });
    }
    if (what === 'alarm-definitions') {
      if (id === 'check') {
        const d = j(), promql = d.language === 'promql', parts = promql ? null : partsOf(d.expression);
        if (!promql && !parts && !/[()].*[()]/.test(d.expression)) return ok({ valid: false, error: { message: hostile('after the metric comes an operator such as > or <', 1), at: Math.min(8, d.expression.length) }, parts: null, matching_series: 0, alarms: 0, preview: [] });
        if (promql && /\($/.test(d.expression.trim())) return ok({ valid: false, error: { message: '1:9: parse error: unclosed left parenthesis', at: 8 }, parts: null, matching_series: 0, alarms: 0, preview: [] });
        const preview = Array.from({ length: 4 }, (_, i) => ({ labels: { instance: hostile(`tower-${i + 1}`, i) }, value: 0.4 * (i + 1), state: i === 3 ? 'ALARM' : 'OK' }));
        return ok({ valid: true, error: null, parts, matching_series: 4, alarms: d.match_by?.length || promql ? 4 : 1, preview: d.match_by?.length || promql ? preview : preview.slice(3) });
      }
      if (id === 'backtest') { const d = j(), run = (t, n) => { const segs = [], span = d.to_ms - d.from_ms; let at = d.from_ms; for (let i = 0; i < n; i++) { const b = d.from_ms + span * ((i + 0.6) / (n + 0.2)); segs.push([at, b, 'OK', '']); segs.push([b, b + span * 0.008, 'ALARM', `above ${t}`]); at = b + span * 0.008; } segs.push([at, d.to_ms, 'OK', '']); return { threshold: t, times: n, total_ms: Math.round(n * span * 0.008), segments: segs }; }; const own = Number(/([\d.]+)(?:\s+times \d+)?\s*$/.exec(d.expression)?.[1] ?? 0); return ok({ from_ms: d.from_ms, to_ms: d.to_ms, series: 4, complete: true, runs: [run(own, 5), ...(d.also ?? []).map((t) => run(t, t > own ? 2 : 11))] }); }
      if (!id && method === 'POST') { const d = { ...j(), id: uid(String(Math.random())), ready_made: false, created_ms: Date.now(), updated_ms: Date.now(), unit: 'count' }; if (defs.some((x) => x.name === d.name)) return fail(409, `there is a definition “${d.name}” already`, 'conflict'); defs.push(d); list.unshift(row(defs.length - 1, { instance: 'tower-1' }, 'ALARM', 0, 5.4, 5000 + defs.length)); return ok({ ...d, alarms: { ALARM: 0, UNDETERMINED: 0, OK: 0 }, parts: partsOf(d.expression) }); }
      if (!id) return ok({ definitions: defs.map((d) => ({ ...d, parts: partsOf(d.expression), alarms: counts(list.filter((a) => a.definition_id === d.id)) })) });
      const d = found(defs, id);
      if (!d) return fail(404, 'There is no such definition.', 'not_found');
      if (method === 'PUT') Object.assign(d, j(), { updated_ms: Date.now() });
      if (method === 'DELETE') { defs.splice(defs.indexOf(d), 1); for (let i = list.length - 1; i >= 0; i--) if (list[i].definition_id === d.id) list.splice(i, 1); return { status: 204 }; }
      return ok({ ...d, parts: partsOf(d.expression), alarms: counts(list.filter((a) => a.definition_id === d.id)) });
    }
    if (what === 'notification-methods') {
      if (id === 'types') return ok({ types });
      if (!id && method === 'POST') { const m = { ...j(), id: uid(String(Math.random())), created_ms: Date.now(), updated_ms: Date.now(), health: { pending: 0, failing_since_ms: null, last_ok_ms: null, last_error: '' } }; methods.push(m); return ok(m); }
      if (!id) return ok({ methods });
      const m = found(methods, id);
      if (!m) return fail(404, 'There is no such method.', 'not_found');
      if (verb === 'test') return ok(m.type === 'EMAIL' ? { ok: false, status: 0, took_ms: 3, detail: hostile('mail.example.org:25: Connection refused', 2) } : { ok: true, status: 200, took_ms: 12, detail: 'thank you' });
      if (method === 'PUT') Object.assign(m, j());
      if (method === 'DELETE') { methods.splice(methods.indexOf(m), 1); return { status: 204 }; }
      return ok(m);
    }
    if (what === 'silences') {
      if (!id && method === 'POST') { const s = { ...j(), id: uid(String(Math.random())), created_by: 'admin', alarms: 1 }; silences.push(s); return ok(s); }
      if (!id) return ok({ silences: silences.map((s) => ({ ...s, status: status(s) })) });
      const s = found(silences, id);
      if (!s) return fail(404, 'There is no such silence.', 'not_found');
      if (method === 'DELETE') { s.ends_ms = Date.now() - 1; return { status: 204 }; }
      return ok(s);
    }
    if (what === 'routing') { if (method === 'PUT') { const y = j().yaml, bad = y.split('\n').findIndex((l) => /nobody/.test(l)); if (bad >= 0) return fail(400, `line ${bad + 1}: there is no notification method “nobody”`); yaml = y; } return ok({ yaml, error: null }); }
    if (what === 'deliveries') { const all = list.filter((a) => a.state === 'ALARM').flatMap((a, k) => methods.map((m, i) => ({ id: uid('x' + k + i), at_ms: a.since_ms + 40, alarm_id: a.id, alarm_name: a.name, transition_id: uid('t' + k), state: a.state, method_id: m.id, method: m.name, type: m.type, status: i ? 'failed' : 'sent', attempts: i ? 4 : 1, next_ms: null, code: i ? null : 200, detail: i ? hostile('Connection refused', 2) : 'OK', took_ms: 12 + i }))); return ok({ deliveries: all.filter((d) => (!p.get('status') || d.status === p.get('status')) && (!p.get('alarm_id') || d.alarm_id === p.get('alarm_id')) && (!p.get('method_id') || d.method_id === p.get('method_id'))) }); }
    if (what === 'anomaly-monitors') { if (method === 'POST') { monitors.push({ id: uid(String(Math.random())), ...j() }); return ok(monitors.at(-1)); } if (method === 'DELETE') { monitors.splice(monitors.findIndex((m) => m.id === id), 1); return { status: 204 }; } return ok({ monitors }); }
    if (what === 'users') { if (method === 'POST') { const u = j(); if (users.some((x) => x.name === u.name)) return fail(409, `there is a user ${u.name} already`, 'conflict'); users.push({ id: 'u' + users.length, name: u.name, enabled: true, projects: { [u.project]: u.roles }, created_ms: Date.now(), updated_ms: Date.now(), password_changed_ms: Date.now() }); return ok(users.at(-1)); } const i = users.findIndex((u) => u.name === decodeURIComponent(id ?? '')); if (method === 'DELETE') { users.splice(i, 1); return { status: 204 }; } if (method === 'PUT') { const u = j(); if (u.project) users[i].projects[u.project] = u.roles; users[i].enabled = u.enabled ?? true; return ok(users[i]); } return ok({ users, roles: ['admin', 'editor', 'viewer', 'monasca-user', 'monasca-read-only-user', 'monasca-agent'] }); }
    return null;
  }
  return { api, ringing: () => list.filter((a) => a.state === 'ALARM').length };
}
