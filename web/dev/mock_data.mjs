// Generated data for the development server: deterministic waves, a small fleet's metrics. No file of the product imports this.

export function rng(seed) { let a = (seed * 2654435761) >>> 0; return () => { a = (a + 0x6d2b79f5) | 0; let t = Math.imul(a ^ (a >>> 15), 1 | a); t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t; return ((t ^ (t >>> 14)) >>> 0) / 4294967296; }; }
export const hash = (s) => { let h = 2166136261; for (const c of s) { h ^= c.codePointAt(0); h = Math.imul(h, 16777619); } return h >>> 0; };
// Smooth noise that depends on time alone, so that every answer about one moment agrees.
const at = (seed, i) => rng((seed ^ Math.imul(i, 0x9e3779b1)) >>> 0)();
export function noise(seed, t, period) { const x = t / period, i = Math.floor(x), f = x - i, u = f * f * (3 - 2 * f); return at(seed, i) * (1 - u) + at(seed, i + 1) * u - 0.5; }
export function wave(seed, tMs, o) {
  const t = tMs / 1000;
  let v = o.base + (o.amp ?? 0) * Math.sin(t / (o.period ?? 1800) + seed % 7) + (o.noise ?? 0) * (noise(seed, t, 47) + noise(seed + 1, t, 7) * 0.6 + noise(seed + 2, t, 1.3) * 0.35);
  for (const [every, width, height] of o.bumps ?? []) { const d = ((t + (seed % 97) * 13) % every) / every; v += height * Math.exp(-(((d - 0.6) / width) ** 2)); }
  return Math.max(o.min ?? 0, v);
}

const GiB = 2 ** 30, MiB = 2 ** 20;
export const HOST = [
  ['cpu', 'CPU', 'ratio', { base: 0.24, amp: 0.06, noise: 0.22, bumps: [[240, 0.03, 0.3]] }], ['load', 'Load', 'count', { base: 0.8, amp: 0.2, noise: 0.4 }],
  ['memory', 'Memory', 'bytes', { base: 4.5 * GiB, amp: 0.08 * GiB, noise: 0.05 * GiB }], ['swap', 'Swap', 'bytes', { base: 0 }],
  ['disk_busy', 'Disk busy', 'ratio', { base: 0.06, noise: 0.1, bumps: [[130, 0.02, 0.45]] }], ['disk_written', 'Disk written', 'bytes_per_s', { base: 5e6, noise: 5e6, amp: 1e6 }],
  ['disk_read', 'Disk read', 'bytes_per_s', { base: 2e5, noise: 3e5, bumps: [[90, 0.02, 6e6]] }], ['network_in', 'Network in', 'bytes_per_s', { base: 1.18e7, amp: 2e6, noise: 5e6 }],
  ['network_out', 'Network out', 'bytes_per_s', { base: 3.1e6, amp: 5e5, noise: 1.4e6 }], ['connections', 'Connections', 'count', { base: 214, noise: 30 }],
  ['switches', 'Switches', 'per_s', { base: 18400, noise: 6000 }], ['cpu_pressure', 'CPU pressure', 'ratio', { base: 0.014, noise: 0.02, bumps: [[240, 0.03, 0.05]] }],
  ['io_pressure', 'I/O pressure', 'ratio', { base: 0.004, noise: 0.012, bumps: [[130, 0.02, 0.04]] }], ['memory_pressure', 'Memory pressure', 'ratio', { base: 0 }],
  ['processes', 'Processes', 'count', { base: 231, noise: 6 }], ['belfry_memory', 'Belfry memory', 'bytes', { base: 54 * MiB, noise: 1.5 * MiB }],
  ['belfry_cpu', 'Belfry CPU', 'ratio', { base: 0.008, noise: 0.008 }], ['received', 'Received', 'per_s', { base: 24160, noise: 3000, amp: 900 }],
];
export const hostValue = (id, t) => { const h = HOST.find((x) => x[0] === id); return h[0] === 'connections' || h[0] === 'processes' ? Math.round(wave(hash(id), t, h[3])) : wave(hash(id), t, h[3]); };

const services = ['checkout', 'payment', 'search', 'gateway', 'cart', 'web'];
const metric = (name, type, unit, help, labelSets, shape) => ({ name, type, unit, help, labelSets, shape });
const each = (name, values, rest = {}) => values.map((v) => ({ [name]: v, ...rest }));
const cpus = ['0', '1'].flatMap((cpu) => ['idle', 'user', 'system', 'iowait', 'irq', 'softirq', 'steal', 'nice'].map((mode) => ({ cpu, mode, instance: 'tower-1', job: 'host' })));
const node = { instance: 'tower-1', job: 'host' };
export const CATALOG = [
  metric('node_cpu_seconds_total', 'counter', 'seconds', 'Seconds the CPUs spent in each mode.', cpus, { rate: true, base: 0.2, noise: 0.2 }),
  metric('node_load1', 'gauge', '', '1m load average.', [node], { base: 0.8, noise: 0.4, amp: 0.2 }),
  metric('node_memory_MemAvailable_bytes', 'gauge', 'bytes', 'Memory available for new work.', [node], { base: 3.4 * GiB, noise: 0.1 * GiB }),
  metric('node_memory_MemTotal_bytes', 'gauge', 'bytes', 'All memory.', [node], { base: 8 * GiB }),
  metric('node_filesystem_avail_bytes', 'gauge', 'bytes', 'Filesystem space available to users.', each('mountpoint', ['/', '/var', '/boot'], node), { base: 40e9, noise: 1e9 }),
  metric('node_disk_written_bytes_total', 'counter', 'bytes', 'Bytes written.', each('device', ['sda', 'sdb'], node), { rate: true, base: 2.5e6, noise: 2e6 }),
  metric('node_network_receive_bytes_total', 'counter', 'bytes', 'Bytes received.', each('device', ['lo', 'eth0'], node), { rate: true, base: 6e6, noise: 3e6 }),
  metric('http_server_requests_total', 'counter', '', 'Requests answered.', services.flatMap((service) => ['200', '404', '503'].map((status_code) => ({ service, status_code, env: 'production', job: 'shop' }))), { rate: true, base: 30, noise: 12 }),
  metric('http_server_request_duration_seconds', 'histogram', 'seconds', 'Time from the first byte of the request to the last of the answer.', services.map((service) => ({ service, env: 'production', job: 'shop' })), { base: 0.3, noise: 0.12, bumps: [[5400, 0.08, 0.8]] }),
  metric('rpc_latency_seconds', 'histogram', 'seconds', 'Time of calls, as a native histogram.', [{ service: 'checkout', job: 'shop' }], { base: 0.1 }),
  metric('http_server_active_requests', 'gauge', '', 'Requests in work.', services.map((service) => ({ service, env: 'production', job: 'shop' })), { base: 12, noise: 9 }),
  metric('payment_pool_in_use', 'gauge', '', 'Connections in use.', each('instance', ['tower-1:8080', 'tower-2:8080'], { service: 'payment', job: 'shop' }), { base: 20, noise: 10, bumps: [[5400, 0.08, 25]] }),
  metric('payment_retries_total', 'counter', '', 'Calls tried again.', [{ service: 'payment', job: 'shop' }], { rate: true, base: 0.4, noise: 0.3, bumps: [[5400, 0.08, 5]] }),
  metric('go_goroutines', 'gauge', '', 'Goroutines that exist.', each('instance', ['tower-1:8080', 'tower-2:8080', 'edge-1:8080'], { job: 'shop' }), { base: 180, noise: 40 }),
  metric('process_resident_memory_bytes', 'gauge', 'bytes', 'Resident memory size.', each('job', ['belfry', 'node', 'shop']), { base: 60 * MiB, noise: 4 * MiB }),
  metric('up', 'gauge', '', 'Whether the last scrape succeeded.', each('job', ['belfry', 'node', 'shop'], { instance: 'tower-1' }), { base: 1 }),
  ...['queue_append_bytes', 'queue_append_records', 'store_metric_samples', 'metric_store_samples', 'http_requests', 'journal_syncs', 'query_samples'].map((n) => metric(`belfry_${n}_total`, 'counter', /bytes/.test(n) ? 'bytes' : '', 'Counter of Belfry itself.', [{ job: 'belfry' }], { rate: true, base: 300, noise: 120 })),
  ...['metric_store_head_series', 'process_memory_bytes', 'metric_store_head_bytes', 'queue_ring_bytes', 'metric_store_files_bytes', 'queue_log_bytes'].map((n) => metric(`belfry_${n}`, 'gauge', /bytes/.test(n) ? 'bytes' : '', 'Figure of Belfry itself.', [{ job: 'belfry' }], { base: /bytes/.test(n) ? 40 * MiB : 2148, noise: 100 })),
  metric('belfry_http_request_duration_seconds', 'histogram', 'seconds', 'Time of requests.', [{ job: 'belfry' }], { base: 0.02, noise: 0.01 }),
  ...['active', 'clients', 'commands_processed', 'db_keys', 'evicted_keys', 'memory_used_bytes'].map((n) => metric(`redis_${n}`, 'gauge', /bytes/.test(n) ? 'bytes' : '', '', each('instance', ['tower-1:6379', 'tower-2:6379']), { base: 100, noise: 50 })),
];
export const HOSTILE = [
  '<img src=x onerror=alert(1)>', '"><script>alert(1)</script>', "'; DROP TABLE series; --", '{{constructor.constructor("alert(1)")()}}', 'javascript:alert(1)', '\u202eevil\u202c', '\u0000nul', 'a'.repeat(4000),
  '𝒵͚̄͜a̴̡̛͓lgo', '', ' ', '%s%n%x', '../../etc/passwd', '</title><style>*{display:none}</style>', '__proto__', 'constructor', 'toString', '日本語のラベル', '🔔'.repeat(50), 'line\nbreak\ttab',
];

/** A rough stand-in for the engine: enough of a query's shape to answer with plausible series. Not PromQL. */
export function evaluate(query, catalog) {
  const q = query.replace(/\s+/g, ' ');
  if (/\(\s*$|^\s*$|,\s*\)/.test(q) || (q.match(/[({[]/g) ?? []).length !== (q.match(/[)}\]]/g) ?? []).length) return { error: `1:${Math.max(1, q.length)}: parse error: unexpected end of input` };
  // A native histogram: buckets of factor 2^(1/4), a hump that wanders.
  if (/^(rate\(|sum\(|increase\()?rpc_latency_seconds[^_]*$/.test(q.trim())) return { rows: [{ labels: {}, value: () => NaN, native: (t) => Array.from({ length: 28 }, (_, i) => { const mid = 14 + noise(7, t / 1000, 900) * 10, n = 120 * Math.exp(-(((i - mid) / 4) ** 2)); return [0, String(0.001 * 2 ** (i / 4)), String(0.001 * 2 ** ((i + 1) / 4)), n.toFixed(3)]; }).filter((b) => Number(b[3]) > 0.5) }] };
  const constant = /^vector\((\d+)\)$/.exec(q.trim());
  if (constant) return { rows: [{ labels: {}, value: () => Number(constant[1]) }] };
  if (/^[\d.+\-*/ ]+$/.test(q.trim())) return { rows: [{ labels: {}, value: () => Number(q.split(/[+\-*\/]/)[0]) }] };
  const plain = [...q.matchAll(/[a-zA-Z_:][\w:]*/g)].map((m) => m[0]).map((n) => catalog.find((c) => c.name === n || (c.type === 'histogram' && n.replace(/_(bucket|sum|count)$/, '') === c.name))).find(Boolean);
  const quoted = JSON.stringify, odd = catalog.find((c) => q.includes('{' + quoted(c.name).replace(/\\u0000/g, '\u0000').replace(/\\t/g, '\t').replace(/\s+/g, ' ')));
  const found = odd ?? plain;
  if (!found) return { rows: [] };
  const matchers = [...q.matchAll(/([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*"((?:\\.|[^"])*)"/g)];
  let sets = found.labelSets.filter((l) => matchers.every(([, k, op, v]) => { const x = l[k] ?? ''; return op === '=' ? x === v : op === '!=' ? x !== v : op === '=~' ? new RegExp(`^(?:${v})$`).test(x) : !new RegExp(`^(?:${v})$`).test(x); }));
  const heat = /_bucket/.test(q) && /by \(\s*le\s*\)/.test(q) && !/histogram_quantile/.test(q);
  if (heat) return { rows: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, Infinity].map((le, i) => ({ labels: { le: le === Infinity ? '+Inf' : String(le) }, value: (t) => 90 / (1 + Math.exp(-(i - 4.5 - noise(5, t / 1000, 400) * 3))) })) };
  const by = /\bby\s*\(([^)]*)\)/.exec(q)?.[1].split(',').map((s) => s.trim()).filter((s) => s && s !== 'le');
  const aggregated = /\b(sum|avg|min|max|count|topk|histogram_quantile)\b/.test(q);
  const rated = /\b(rate|irate|increase)\b/.test(q);
  const groups = new Map();
  for (const l of sets) {
    const labels = by ? Object.fromEntries(by.filter((k) => l[k] !== undefined).map((k) => [k, l[k]])) : aggregated ? {} : { ...(rated ? {} : { __name__: found.name }), ...l };
    const key = JSON.stringify(labels);
    if (!groups.has(key)) groups.set(key, { labels, seeds: [] });
    groups.get(key).seeds.push(hash(found.name + JSON.stringify(l)));
  }
  const count = /^\s*count/.test(q);
  return { rows: [...groups.values()].map((g) => ({ labels: g.labels, value: (t) => (count ? g.seeds.length : g.seeds.reduce((s, seed) => s + wave(seed, t, { ...found.shape, base: found.shape.base * (0.6 + (seed % 100) / 120) }), 0) * (found.shape.rate && !rated ? t / 1e7 : 1)) })) };
}
