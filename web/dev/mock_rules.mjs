// Rules and cardinality of the development server.
import { hash } from './mock_data.mjs';

export function mockRules(o, hostile) {
  const now = Date.now(), at = now - 4000, recorded = (name, expr, i) => ({ type: 'recording', name: hostile(name, i), expr, line: 5 + i, for_ms: 0, keep_firing_for_ms: 0, labels: {}, annotations: {}, state: 'inactive', health: 'ok', last_error: '', duration_s: 0.0004 * (i + 1), samples: 12 + i, evaluated_ms: at, alerts_count: 0, alerts: [] });
  const alert = (name, expr, i, alerts, more = {}) => ({ ...recorded(name, expr, i), type: 'alerting', for_ms: 300_000, labels: { severity: hostile('page', i) }, annotations: { summary: hostile('{{ $labels.instance }} is at {{ $value | humanizePercentage }}', i) }, state: alerts.some((a) => a.state === 'firing') ? 'firing' : alerts.length ? 'pending' : 'inactive', alerts_count: alerts.length, alerts, samples: alerts.length * 2, ...more });
  const one = (name, host, state, mins, value, summary, i) => ({ labels: { alertname: hostile(name, i), instance: hostile(host, i + 1), severity: 'page' }, annotations: { summary: hostile(summary, i + 2) }, state, active_ms: now - mins * 60_000, fired_ms: state === 'firing' ? now - (mins - 5) * 60_000 : null, kept: false, value });
  if (o.empty) return { now_ms: now, load: { ok: true, at_ms: now - 60_000, files: [], errors: [], warnings: [] }, groups: [] };
  return {
    now_ms: now, load: { ok: !o.full, at_ms: now - 60_000, files: ['/etc/belfry/rules/host.yml', '/etc/belfry/rules/api.yml'], errors: o.full ? ['/etc/belfry/rules/api.yml: line 14: group "api", rule 2, "ErrorsHigh": the expression does not parse: 1:9: parse error: unclosed left parenthesis'] : [], warnings: [] },
    groups: [
      { name: hostile('host', 1), file: '/etc/belfry/rules/host.yml', interval_ms: 15_000, limit: 0, duration_s: 0.0031, missed: 0, evaluated_ms: at, rules: [
        recorded('instance:cpu:ratio', '1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m]))', 0),
        alert('DiskFills', 'node_filesystem_avail_bytes / node_filesystem_size_bytes < 0.1', 1, [one('DiskFills', 'tower-2', 'firing', 54, '7.12e-02', '/var has 7.12 % left', 3)]),
        alert('LoadHigh', 'node_load1 > 2 * count by (instance) (node_cpu_seconds_total{mode="idle"})', 2, [one('LoadHigh', 'edge-1', 'pending', 2, '5.4e+00', 'edge-1 has a load of 5.4', 5), one('LoadHigh', 'edge-2', 'pending', 1, '4.9e+00', 'edge-2 has a load of 4.9', 7)]),
        alert('HostSilent', 'up{job="node"} == 0', 3, []) ] },
      { name: hostile('api', 2), file: '/etc/belfry/rules/api.yml', interval_ms: 60_000, limit: 0, duration_s: 0.018, missed: 2, evaluated_ms: now - 31_000, rules: [
        recorded('job:http_requests:rate5m', 'sum by (job) (rate(http_requests_total[5m]))', 4),
        { ...recorded('job:http_errors:ratio', 'job:http_errors:rate5m / on (job) job:http_requests:rate5m', 5), health: 'err', last_error: hostile('found duplicate series for the match group {job="api"} on the right side of the operation', 4), samples: 0 },
        alert('ErrorsHigh', 'job:http_errors:ratio > 0.05', 6, []) ] },
    ],
  };
}

export function mockCardinality(o, hostile) {
  const now = Date.now(), zero = Array(10).fill(0), grow = (n) => Array.from({ length: 10 }, (_, i) => Math.round(n * (0.2 + i / 9) * (0.9 + (hash(`${n}${i}`) % 20) / 100)));
  const metric = (name, series, created, refused, i) => ({ name: hostile(name, i), series, created: created ? grow(created) : zero, refused, refused_lately: refused ? grow(refused / 12) : zero });
  const label = (name, values, series, fresh, top, i) => ({ name: hostile(name, i), values, series, new_values: fresh ? grow(fresh) : zero, refused: fresh ? 840 : 0, top: top.map((value, k) => ({ value: hostile(value, i + k), series: Math.round(series / (k + 1.5)) })), newest_values: fresh ? ['9f2c71', 'b81d04', '3ac6e2', '77d1f0', 'e05b9a'].map((v, k) => hostile(v, k)) : top.slice(0, 3).map((v, k) => hostile(v, k)) });
  const metrics = [metric('http_request_duration_seconds_bucket', 61_204, 0, 0, 1), metric('checkout_requests_total', 48_911, 2400, 10_080, 2), metric('node_cpu_seconds_total', 12_288, 0, 0, 3), metric('container_memory_usage_bytes', 8_812, 14, 0, 4), metric('kube_pod_info', 3_907, 14, 0, 5)];
  const labels = [label('session', 48_877, 48_911, 2400, ['9f2c71', 'b81d04'], 1), label('le', 42, 61_204, 0, ['+Inf', '0.1', '0.25'], 2), label('pod', 3_911, 21_800, 14, ['checkout-7d9', 'cart-5bf'], 3), label('instance', 96, 140_000, 0, ['tower-1:9100', 'edge-1:9100'], 4), label('job', 11, 146_122, 0, ['api', 'node'], 5)];
  const example = (series, i, limit = '') => ({ time_ms: now - 2000 * (i + 1), series: hostile(series, i), receiver: 'prometheus_write', limit });
  if (o.empty) return { now_ms: now, tenant: 'default', series: 0, metrics_count: 0, labels_count: 0, pairs_count: 0, created: zero, refused: zero, refused_total: 0, limits: [{ key: 'metric.max_series', value: 2_000_000, used: 0, user: '' }], metrics: [], growing: [], refused_metrics: [], labels: [], growing_labels: [], pairs: [], receivers: [], created_examples: [], refused_examples: [], complete: true, memory_bytes: 4096 };
  return {
    now_ms: now, tenant: 'default', series: 146_122, metrics_count: 1_204, labels_count: 61, pairs_count: 54_120, created: grow(2428), refused: grow(840), refused_total: 10_080,
    limits: [{ key: 'metric.max_series', value: 2_000_000, used: 146_122, user: '' }, { key: 'metric.max_series_per_tenant', value: 0, used: 146_122, user: 'default' }, { key: 'metric.max_series_per_metric', value: 50_000, used: 61_204, user: metrics[0].name }, { key: 'metric.max_values_per_label', value: 50_000, used: 48_877, user: labels[0].name }],
    metrics, growing: [metrics[1], metrics[3], metrics[4]], refused_metrics: [metrics[1]], labels, growing_labels: [labels[0], labels[2]],
    pairs: labels.slice(1).flatMap((l) => l.top.slice(0, 2).map((t) => ({ name: l.name, value: t.value, series: t.series }))),
    receivers: [{ id: 'prometheus_write', series: 145_920, created: grow(2400), refused: 10_080, refused_lately: grow(840) }, { id: 'self', series: 202, created: zero, refused: 0, refused_lately: zero }],
    created_examples: ['checkout_requests_total{instance="edge-1:8080",job="checkout",session="9f2c71"}', 'checkout_requests_total{instance="edge-2:8080",job="checkout",session="b81d04"}', 'kube_pod_info{node="edge-3",pod="cart-5bf"}'].map((x, i) => example(x, i)),
    refused_examples: ['checkout_requests_total{instance="edge-1:8080",job="checkout",session="e05b9a"}'].map((x, i) => example(x, i, 'metric.max_values_per_label')), complete: true, memory_bytes: 3_400_000,
  };
}
