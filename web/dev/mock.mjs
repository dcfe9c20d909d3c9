// The development server: serves web/dist by its manifest and answers the API with generated data under the real policy.
// Also used by the browser tests that need hostile, empty, slow or failing answers.
//   node dev/mock.mjs [--port 2354] [--base /belfry] [--hostile] [--empty] [--slow MS] [--locked] [--full]
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { mockAlarms } from './mock_alarms.mjs';
import { mockCardinality, mockRules } from './mock_rules.mjs';
import { CATALOG, HOST, HOSTILE, evaluate, hash, hostValue, wave } from './mock_data.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
// Word for word what src/http/dispatcher.cpp sends.
export const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

export function startMock(o = {}) {
  const began = Date.now(), token = 'mock-' + Math.random().toString(36).slice(2);
  let used = false, demo = { running: false, series: 0, since_ms: null };
  const keys = [{ id: 'k1', name: 'edge-3', scope: 'ingest', created_ms: began - 86_400_000 * 3, last_used_ms: began - 4000, expires_ms: null }];
  const catalog = o.empty ? [] : o.hostile ? HOSTILE.filter(Boolean).map((n, i) => ({ name: n, type: 'gauge', unit: HOSTILE[(i + 1) % HOSTILE.length], help: HOSTILE[(i + 2) % HOSTILE.length], labelSets: HOSTILE.map((v, j) => ({ [HOSTILE[j] || 'x']: v, __proto__x: HOSTILE[(j + 3) % HOSTILE.length] })), shape: { base: 5, noise: 3 } })).concat(CATALOG.slice(0, 3)) : CATALOG;
  const hostile = (s, i) => (o.hostile ? HOSTILE[i % HOSTILE.length] : s);
  const seriesOf = (m) => m.labelSets.length * (m.type === 'histogram' ? 14 : 1);
  const total = () => catalog.reduce((s, m) => s + seriesOf(m), 0);
  const history = (seed, base, n = 60) => Array.from({ length: n }, (_, i) => (o.empty ? 0 : wave(seed, Date.now() - (n - i) * 1000, { base, noise: base * 0.3 })));
  const session = (yes) => ({ authenticated: yes || !o.locked, user: yes ? 'admin' : '', role: yes ? 'admin' : o.locked ? 'none' : 'read', tenant: 'default', csrf: yes ? 'csrf-1' : null, auth: 'on', anonymous_read: !o.locked });
  const signedIn = (req) => /bf_session=ok/.test(req.headers.cookie ?? '');

  const receivers = () => [['prometheus_write', 'Prometheus write', 24100, 4], ['prometheus_import', 'Text import', 0, 0], ['scrape', 'Scraping', 420, 6], ['influx', 'InfluxDB lines', 0, 0], ['otlp', 'OpenTelemetry', 0, 0], ['opentsdb', 'OpenTSDB put', 0, 0], ['csv', 'CSV import', 0, 0], ['json_lines', 'JSON lines import', 0, 0], ['graphite', 'Graphite', 0, 0], ['statsd', 'statsd', 0, 0], ['host', 'This host', 38, 1], ['self', 'Belfry itself', 22, 1]].map(([id, title, per_s, senders], i) => ({
    id, title: hostile(title, i), listens_on: id === 'host' || id === 'self' ? 'inside' : `127.0.0.1:${port}`, records_total: o.empty ? 0 : per_s * 3600, per_s: o.empty ? 0 : per_s, senders: o.empty ? 0 : senders, last_ms: o.empty || !per_s ? null : Date.now() - 800 * i,
    refused_total: i === 0 && !o.empty ? 16 : 0, history: history(i + 3, per_s || 0.0001), last_refusal: i === 0 && !o.empty ? { reason: hostile('invalid_label', 2), message: hostile('label name "0bad" does not begin with a letter', 0), sample: hostile('up{0bad="x"} 1', 1), ms: Date.now() - 95_000 } : null }));
  let port = 0;

  const status = () => ({
    now_ms: Date.now(), judgement: o.empty ? { state: 'ok', sentence: 'Nothing has been received yet.' } : { state: 'ok', sentence: 'Everything accepted is stored.' },
    pipeline: { received: { per_s: o.empty ? 0 : 24160, bytes_per_s: o.empty ? 0 : 14.6e6, senders: o.empty ? 0 : 6, refused_last_hour: o.empty ? 0 : 16, history: history(171, 24000) }, log: { oldest_waiting_ms: 12, bytes: 2.5e9, bytes_per_s: 4.1e6, syncs_per_s: 212, sync_p50_ms: 3.1, sync_p99_ms: 7.8, history: history(172, 10) },
      consumers: { behind_records: 0, count: 2, keep_up: 2, from_memory_ratio: 1, history: history(173, 3) }, stores: { bytes_per_s: 1.3e6, bytes_per_sample: o.empty ? null : 0.61, days_to_full: o.empty ? null : 41, history: history(174, 8) }, alarms: null },
    receivers: receivers(), refusals: o.empty ? [] : [{ receiver: 'prometheus_write', reason: hostile('invalid_label', 2), total: 16, last_ms: Date.now() - 95_000, message: hostile('label name "0bad" does not begin with a letter', 0), sample: hostile('up{0bad="x"} 1', 1) }],
    consumers: [{ id: 'metric_store', title: 'metric store', topic: 'metrics', position: 918204112, end: 918204112, behind: 0, lag_ms: 12, state: 'in_step' }, { id: 'catalog', title: 'catalog', topic: 'definitions', position: 2114, end: 2114, behind: 0, lag_ms: 1, state: 'in_step' }],
    stores: [{ id: 'metric', title: 'Metrics', bytes: 9.8e9, bytes_per_day: o.empty ? null : 0.31e9, kept: '90 d', files: 14, series: total(), samples: 16.1e9, detail: 'head 1.2 M samples, 12 day parts' }, { id: 'log', title: 'Log (queue)', bytes: 2.5e9, bytes_per_day: 0.07e9, kept: '24 h', files: 20, detail: '20 segments of 128 MiB' }],
    disk: { total_bytes: 120e9, free_bytes: 78.4e9, belfry_bytes: 12.3e9, days_to_full: o.empty ? null : 41, guard: o.full ? 'full' : 'ok' }, memory: { rss_bytes: 56 * 2 ** 20, limit_bytes: 512 * 2 ** 20, parts: [{ title: 'head', bytes: 21 * 2 ** 20 }, { title: 'queue ring', bytes: 12 * 2 ** 20 }, { title: 'index', bytes: 6 * 2 ** 20 }] },
    cluster: null, work: o.empty ? [] : [{ title: 'Fold metrics into day part 2026-11-22', done_ratio: (Date.now() / 20_000) % 1, left_ms: 8000 }],
    own_log: o.empty ? [] : [['info', 'store/metric', 'head sealed', { samples: 1048576, bytes: '641 KB', took: '84 ms' }], ['warn', 'ingest/prom', 'BF0127 sample refused', { reason: 'invalid_label', count: 16 }], ['info', 'journal', 'segment rolled', { segment: 43 }], ['info', 'app', 'ready', { took: '212 ms' }]].map(([level, folder, message, fields], i) => ({ ms: Date.now() - 7000 - i * 61_000, level, folder, message: hostile(message, i), fields })),
    config: [{ key: 'server.listen', value: `127.0.0.1:${port}`, default: '127.0.0.1:2353', source: 'flag' }], limits: [{ key: 'metric.max_series', value: 1_000_000, used: total(), unit: 'series' }, { key: 'queue.ring_bytes_max', value: 67108864, used: 12 * 2 ** 20, unit: 'bytes' }],
  });

  const matching = (match) => catalog.flatMap((m) => (match.length === 0 || match.some((s) => s.includes(m.name) || s.startsWith('{') || (m.type === 'histogram' && s.startsWith(m.name))) ? m.labelSets.map((l) => ({ __name__: m.name, ...l })) : []))
    .filter((l) => [...(match[0] ?? '').matchAll(/([a-zA-Z_]\w*)="((?:\\.|[^"])*)"/g)].every(([, k, v]) => (l[k] ?? '') === v || k === '__name__'));
  const fail = (status, error, errorType = 'bad_data', code) => ({ status, json: { status: 'error', errorType, error, ...(code ? { code } : {}) } });
  const ok = (json, headers) => ({ status: 200, json, headers });
  const success = (data, headers) => ok({ status: 'success', data }, headers);
  const alarms = mockAlarms(o, hostile, { ok, fail });
  const number = (v) => (v === Infinity ? '+Inf' : v === -Infinity ? '-Inf' : String(v));

  // As the server keeps them: a version more with each change, the newest twenty, 409 for who began with an older one.
  const kept = new Map();
  const keep = (id, d, before) => { const h = { id, title: d.title, folder: d.folder ?? '', tags: d.tags ?? [], panels: d.panels.length, version: (before?.version ?? 0) + 1, created_ms: before?.created_ms ?? Date.now(), created_by: 'admin', updated_ms: Date.now(), updated_by: 'admin' }, v = { ...h, dashboard: d }; kept.set(id, [v, ...(kept.get(id) ?? [])].slice(0, 20)); return h; };
  if (o.hostile) HOSTILE.filter(Boolean).forEach((n, i) => keep('h' + i, { format: 1, title: n.slice(0, 200), folder: HOSTILE[(i + 1) % HOSTILE.length].slice(0, 200), tags: [HOSTILE[(i + 2) % HOSTILE.length].slice(0, 90) || 'x'], variables: [{ name: 'v', label: n, type: 'custom', query: HOSTILE.join(',') }], panels: ['timeseries', 'stat', 'gauge', 'bargauge', 'table', 'heatmap', 'text', 'row'].map((type, k) => ({ id: k + 1, type, title: HOSTILE[(i + k) % HOSTILE.length] + ' $v', description: n, text: `# ${n}\n[${n}](javascript:alert(1)) ![x](data:image/png;base64,x) <img src=x onerror=alert(1)>\n\n- ${HOSTILE.join('\n- ')}`, x: (k % 3) * 8, y: Math.floor(k / 3) * 6, w: 8, h: 6, unit: 'suffix:<b>x</b>', queries: [{ expr: 'node_load1', legend: n }, { expr: catalog[0] ? `{${JSON.stringify(catalog[0].name)}}` : 'up' }] })) }));
  function dashboards(method, rest, p, body) {
    const [, id, what, version] = rest.split('/').map(decodeURIComponent), mine = kept.get(id), asked = Number(p.get('version') ?? 0), head = ({ dashboard, ...h }) => h;
    let d;
    if (method === 'POST' || method === 'PUT') { d = JSON.parse(body); if (d.format !== 1 || !d.title || !Array.isArray(d.panels)) return fail(400, 'the dashboard has no title'); }
    if (!id) { if (method === 'POST') return ok(keep(p.get('id') ?? 'd' + hash(d.title + Date.now()).toString(36), d)); return ok({ dashboards: [...kept.values()].map(([v]) => head(v)) }); }
    if (!mine) return fail(404, `there is no dashboard ${id}`, 'not_found');
    if (method === 'PUT') return asked === mine[0].version ? ok(keep(id, d, mine[0])) : { status: 409, json: { status: 'error', errorType: 'conflict', error: `the dashboard is at version ${mine[0].version} already`, version: mine[0].version } };
    if (method === 'DELETE') { kept.delete(id); return { status: 204 }; }
    if (what === 'export') return ok(mine[0].dashboard);
    if (what === 'versions' && !version) return ok({ versions: mine.map(head) });
    const v = version ? mine.find((x) => String(x.version) === version) : mine[0];
    return v ? ok(v) : fail(404, 'that version is not kept any more', 'not_found');
  }

  function scraping() {
    if (o.empty) return { overview: { config_file: '', error: '', warnings: [], pools: [] }, targets: { activeTargets: [], droppedTargets: [], droppedTargetCounts: {} } };
    const jobs = [['node', 4, 512], ['postgres', 2, 301], ['checkout', 3, 84]], down = { 'edge-3:9100': 'edge-3:9100: nobody answers there: Connection refused', 'shop-2:8080': 'line 214: "1.2.3" is not a number' };
    const active = jobs.flatMap(([job, n, samples]) => Array.from({ length: n }, (_, i) => {
      const instance = job === 'node' ? `edge-${i}:9100` : job === 'postgres' ? `db-${i}:9187` : `shop-${i}:8080`, bad = down[instance];
      return { discoveredLabels: { __address__: instance, __metrics_path__: '/metrics', __scheme__: 'http', __scrape_interval__: '15s', __scrape_timeout__: '10s', job, __meta_filepath: '/etc/targets/edge.json' }, labels: { job, instance: hostile(instance, i), env: i % 2 ? 'staging' : 'production', [hostile('team', i)]: hostile('post', i + 1) }, scrapePool: job,
        scrapeUrl: `http://${instance}/metrics`, globalUrl: `http://${instance}/metrics`, lastError: bad ? hostile(bad, i) : '', lastScrape: new Date(Date.now() - 1000 * (i + 2)).toISOString(), lastScrapeDuration: bad ? 0.0004 : 0.011 + i / 900, health: bad ? 'down' : 'up', scrapeInterval: '15s', scrapeTimeout: '10s',
        samples: bad ? 0 : samples + i, series: bad ? 0 : samples + i, bodyBytes: bad ? 0 : samples * 68, contentType: bad ? '' : 'application/openmetrics-text; version=1.0.0; charset=utf-8' };
    }));
    const pools = jobs.map(([name]) => { const mine = active.filter((t) => t.scrapePool === name), up = mine.filter((t) => t.health === 'up').length; return { name, error: '', interval_ms: 15000, up, down: mine.length - up, unknown: 0, dropped: name === 'node' ? 1 : 0 }; });
    return { overview: { config_file: '/etc/prometheus/prometheus.yml', error: '', warnings: ['line 12: alerting is not used here: notifications do not leave by this file'], pools }, targets: { activeTargets: active, droppedTargets: [{ discoveredLabels: { __address__: 'edge-9:9100', job: 'node' }, scrapePool: 'node' }], droppedTargetCounts: { node: 1 } } };
  }

  function api(method, path, p, req, body) {
    const B = '/api/v1/belfry/';
    if (path === B + 'session') return ok(session(signedIn(req)));
    if (path === B + 'login') { const asked = JSON.parse(body); if (asked.user && (asked.user !== 'ana' || asked.password !== 'bell')) return fail(401, 'The name or the password is wrong.', 'unauthorized'); if (!asked.user && (asked.token !== token || used)) return fail(401, 'This login link is wrong or was used before.', 'unauthorized'); used ||= !asked.user; return ok(session(true), { 'Set-Cookie': 'bf_session=ok; HttpOnly; SameSite=Strict; Path=/' }); }
    if (o.locked && !signedIn(req)) return fail(401, 'Reading needs a login.', 'unauthorized');
    if (path === B + 'logout') return { status: 204, headers: { 'Set-Cookie': 'bf_session=; Max-Age=0; Path=/' } };
    if (method !== 'GET' && path.startsWith(B) && !/\/(check|backtest|preview)$/.test(path) && (!signedIn(req) || req.headers['x-belfry-csrf'] !== 'csrf-1')) return fail(403, 'Changing anything needs a login. Run belfry open for a link.', 'forbidden', 'BF0301');
    if (path === B + 'frame') return ok({ version: '0.1.0', node: hostile('tower-1', 0), role: 'single', now_ms: Date.now(), start_ms: began, received_per_s: o.empty ? 0 : wave(9, Date.now(), { base: 24160, noise: 3000 }), queue_age_ms: o.empty ? null : 12, stored_to_ms: o.empty ? null : Date.now() - 40, tenants: ['default', hostile('staging', 4)], alarms_ringing: o.empty ? null : alarms.ringing(), demo: demo.running });
    const bell = path.startsWith(B) && alarms.api(method, path.slice(B.length), p, body);
    if (bell) return bell;
    if (path === B + 'rules') return ok(mockRules(o, hostile));
    if (path === B + 'cardinality') return ok(mockCardinality(o, hostile));
    if (path === B + 'host/live') {
      const now = Math.floor(Date.now() / 1000) * 1000, from = Math.max(Number(p.get('since_ms') ?? 0) + 1, o.empty ? began : now - 599_000), times = [];
      for (let t = Math.ceil(from / 1000) * 1000; t <= now; t += 1000) times.push(t);
      const procs = ['belfry', 'postgres', 'node', 'chromium', 'systemd-journald', 'redis-server', 'sshd', 'cron', 'nginx'].map((name, i) => ({ pid: 812 + i * 31, name: hostile(name, i), cpu_ratio: Math.max(0, wave(i, Date.now(), { base: 0.3 / (i + 1), noise: 0.2 / (i + 1) })), memory_bytes: (400 >> i) * 2 ** 20 + 3e6 })).sort((a, b) => b.cpu_ratio - a.cpu_ratio);
      return ok({ host: hostile('tower-1', 1), os: 'Debian GNU/Linux 12', kernel: '6.1.0-31', cores: 2, memory_bytes: 8 * 2 ** 30, boot_ms: began - 41 * 86_400_000, step_ms: 1000, times_ms: times, series: HOST.map(([id, title, unit]) => ({ id, title: hostile(title, hash(id) % 20), unit, values: times.map((t) => hostValue(id, t)) })), processes: { by_cpu: procs, by_memory: [...procs].sort((a, b) => b.memory_bytes - a.memory_bytes) } });
    }
    if (path === B + 'scrape') return ok(scraping().overview);
    if (path === '/api/v1/targets') return success(scraping().targets);
    if (path === B + 'status') return ok(status());
    if (path === B + 'receivers') return ok({ address: `127.0.0.1:${port}`, receivers: receivers() });
    if (path === B + 'metrics') return ok({ total_series: total(), metrics: catalog.map((m) => ({ name: m.name, type: m.type, unit: m.unit, help: m.help, series: seriesOf(m) })).slice(0, Number(p.get('limit') ?? 1e9)) });
    if (path === B + 'labels') {
      const sets = matching(p.getAll('match[]')), by = new Map();
      for (const l of sets) for (const [k, v] of Object.entries(l)) if (k !== '__name__') by.set(k, (by.get(k) ?? new Map()).set(v, (by.get(k)?.get(v) ?? 0) + 1));
      return ok({ series: sets.length, labels: [...by].map(([name, vs]) => ({ name, values_count: vs.size, top: [...vs].sort((a, b) => b[1] - a[1]).slice(0, Number(p.get('limit') ?? 10)).map(([value, series]) => ({ value, series })) })) });
    }
    if (path === B + 'demo') { if (method === 'POST') demo = { running: true, series: 2148, since_ms: Date.now() }; if (method === 'DELETE') demo = { running: false, series: 0, since_ms: null }; return ok(demo); }
    if (path === B + 'keys') { if (method === 'POST') { const k = JSON.parse(body), id = 'k' + (keys.length + 1); keys.push({ id, name: k.name, scope: k.scope, created_ms: Date.now(), expires_ms: k.expires_ms ?? null, last_used_ms: null }); return ok({ id, key: `bf_${k.scope[0]}_${hash(k.name + Date.now()).toString(36)}${hash(k.name).toString(36)}mockkey` }); } return ok({ keys: keys.map((k, i) => ({ ...k, name: hostile(k.name, i) })) }); }
    if (path.startsWith(B + 'keys/')) { const i = keys.findIndex((k) => k.id === decodeURIComponent(path.slice((B + 'keys/').length))); if (i < 0) return fail(404, 'There is no such key.', 'not_found'); keys.splice(i, 1); return { status: 204 }; }
    if (path.startsWith(B + 'dashboards')) return dashboards(method, path.slice((B + 'dashboards').length), p, body);
    if (path === '/api/v1/labels') return success([...new Set(matching([]).flatMap((l) => Object.keys(l)))].sort());
    const lv = /^\/api\/v1\/label\/([^/]+)\/values$/.exec(path);
    if (lv) return success([...new Set(matching(p.getAll('match[]')).map((l) => l[decodeURIComponent(lv[1])]).filter(Boolean))].sort());
    if (path === '/api/v1/series') return success(matching(p.getAll('match[]')));
    if (path === '/api/v1/metadata') return success(Object.fromEntries(catalog.map((m) => [m.name, [{ type: m.type, help: m.help, unit: m.unit }]])));
    if (path === '/api/v1/format_query') return success(p.get('query').trim());
    if (path === '/api/v1/status/tsdb') { const top = (list) => list.sort((a, b) => b.value - a.value).slice(0, Number(p.get('limit') ?? 10)); return success({ headStats: { numSeries: total(), numLabelPairs: 412, chunkCount: total() * 2, minTime: Date.now() - 3.6e6, maxTime: Date.now() }, seriesCountByMetricName: top(catalog.map((m) => ({ name: m.name, value: seriesOf(m) }))), labelValueCountByLabelName: top([{ name: 'service', value: 6 }, { name: 'instance', value: 14 }, { name: hostile('le', 0), value: 11 }]), memoryInBytesByLabelName: top([{ name: 'instance', value: 3100 }, { name: 'service', value: 900 }]), seriesCountByLabelValuePair: top([{ name: hostile('job=shop', 1), value: 60 }, { name: 'job=node', value: 20 }]) }); }
    if (path === '/api/v1/parse_query') { const r = evaluate(p.get('query'), catalog); if (r.error) return fail(400, r.error); const name = /[a-z_][\w:]*(?=\{|\[|\)|$)/i.exec(p.get('query'))?.[0] ?? 'up'; return success({ type: 'call', func: { name: 'histogram_quantile' }, args: [{ type: 'numberLiteral', val: '0.95' }, { type: 'aggregation', op: 'sum', grouping: ['le', 'service'], without: false, expr: { type: 'call', func: { name: 'rate' }, args: [{ type: 'matrixSelector', name, range: 300000, offset: 0, matchers: [{ name: '__name__', type: '=', value: name }, { name: 'env', type: '=', value: hostile('production', 1) }] }] } }] }); }
    if (path === '/api/v1/query' || path === '/api/v1/query_range') {
      const q = p.get('query') ?? '', r = evaluate(q, catalog);
      if (r.error) return fail(400, r.error);
      if (/topk\(999999/.test(q)) return fail(422, 'The query reads too much. 3.1 of 2 GiB memory. Choose a shorter time or add a filter.', 'execution', 'BF0420');
      const cost = { 'X-Belfry-Query': `series=${r.rows.length} samples=${r.rows.length * 200} bytes=${r.rows.length * 14336} ms=${3 + r.rows.length}` };
      if (path === '/api/v1/query') { const t = Number(p.get('time') ?? Date.now() / 1000); return success({ resultType: 'vector', result: r.rows.map((s) => ({ metric: s.labels, value: [t, number(s.value(t * 1000))] })) }, cost); }
      const [start, end, step] = ['start', 'end', 'step'].map((k) => Number(p.get(k)));
      if ((end - start) / step > 11_000) return fail(400, 'exceeded maximum resolution of 11,000 points per timeseries');
      const gap = [end - (end - start) * 0.3, end - (end - start) * 0.27];
      const upTo = Date.now() / 1000;
      return success({ resultType: 'matrix', result: r.rows.map((s) => { const values = []; for (let t = start; t <= end + 1e-6; t += step) if (t <= upTo && !s.native && !(t > gap[0] && t < gap[1] && /node_load1/.test(q))) values.push([t, number(s.value(t * 1000))]); if (s.native) { const histograms = []; for (let t = start; t <= end + 1e-6 && t <= upTo; t += step) histograms.push([t, { count: '1', sum: '1', buckets: s.native(t * 1000) }]); return { metric: s.labels, histograms }; } return { metric: s.labels, values }; }).filter((s) => s.histograms?.length || s.values?.length) }, cost);
    }
    return fail(404, `There is nothing at ${path}.`, 'not_found');
  }

  const manifest = () => new Map(readFileSync(join(root, 'dist/manifest.txt'), 'utf8').trim().split('\n').map((l) => l.split('\t')).map(([path, file, type, etag, cache, enc]) => [path, { file, type, etag, cache, enc }]));
  const server = createServer((req, res) => {
    const prefix = o.base ?? '', u = new URL(req.url, 'http://x');
    if (!u.pathname.startsWith(prefix)) { res.writeHead(404); res.end(); return; }
    u.pathname = u.pathname.slice(prefix.length) || '/';
    const send = (status, headers, body) => { res.writeHead(status, { 'Content-Security-Policy': CSP, 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer', 'X-Frame-Options': 'DENY', 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Resource-Policy': 'same-origin', ...headers }); res.end(body); };
    if (u.pathname.startsWith('/api/') || u.pathname.startsWith('/-/')) {
      let body = '';
      req.on('data', (d) => { body += d; });
      req.on('end', () => setTimeout(() => {
        const form = (req.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded') ? new URLSearchParams(body) : u.searchParams;
        let r;
        try { r = o.broken?.test(u.pathname) ? fail(500, 'The store cannot be read: bad crc in part 2026-11-22.', 'internal', 'BF0801') : api(req.method, u.pathname, form, req, body); } catch (e) { r = fail(500, String(e.stack), 'internal'); }
        send(r.status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...r.headers }, r.json === undefined ? undefined : JSON.stringify(r.json));
      }, o.slow ?? 0));
      return;
    }
    const rows = manifest(), m = rows.get(u.pathname) ?? rows.get(u.pathname.replace(/^(\/[^/]+)\/.*$/, '$1/*'));
    if (!m) { send(404, { 'Content-Type': 'application/json' }, '{"status":"error","error":"not found"}'); return; }
    if (req.headers['if-none-match'] === m.etag) { send(304, { ETag: m.etag }); return; }
    let bytes = readFileSync(join(root, 'dist', m.file));
    if (prefix && m.file === 'index.html') bytes = Buffer.from(bytes.toString().replaceAll('="/assets/', `="${prefix}/assets/`));
    const gz = m.enc === 'gzip', takes = /gzip/.test(req.headers['accept-encoding'] ?? '');
    if (gz && !takes) bytes = gunzipSync(bytes);
    send(200, { 'Content-Type': m.type, ETag: m.etag, 'Cache-Control': m.cache === 'immutable' ? 'public, max-age=31536000, immutable' : 'no-cache', ...(gz && takes ? { 'Content-Encoding': 'gzip' } : {}) }, bytes);
  });
  return new Promise((done) => server.listen(o.port ?? 0, '127.0.0.1', () => {
    port = server.address().port;
    const base = `http://127.0.0.1:${port}${o.base ?? ''}`;
    done({ base, login: `${base}/#t=${token}`, link: () => { used = false; return `${base}/#t=${token}`; }, stop: () => new Promise((r) => { server.closeAllConnections?.(); server.close(r); }) });
  }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const a = process.argv.slice(2), value = (n) => { const i = a.indexOf('--' + n); return i < 0 ? undefined : Number(a[i + 1]); };
  const m = await startMock({ port: value('port') ?? 2354, hostile: a.includes('--hostile'), empty: a.includes('--empty'), slow: value('slow'), locked: a.includes('--locked'), full: a.includes('--full'), base: a.includes('--base') ? a[a.indexOf('--base') + 1] : undefined });
  console.log('log in at', m.login);
}
