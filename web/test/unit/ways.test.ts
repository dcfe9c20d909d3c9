import { test } from 'node:test';
import assert from 'node:assert/strict';
import { type Context, WAYS } from '../../src/pages/add/ways.ts';

const plain: Context = { address: '127.0.0.1:2353', origin: 'http://127.0.0.1:2353', key: null, tenant: 'default' };
const bound: Context = { ...plain, origin: 'https://b.example/x', key: 'bf_i_abc', tenant: 'shop' };
const codes = (id: string, c: Context): string[] => WAYS.find((w) => w.id === id)!.steps(c).flatMap((s) => (s.code === undefined ? [] : [s.code]));

test('every way has a name of its own, a sentence and steps', () => {
  assert.equal(new Set(WAYS.map((w) => w.id)).size, WAYS.length);
  for (const w of WAYS) { assert.ok(w.title && w.says.endsWith('.'), w.id); assert.ok(w.steps(plain).length > 0, w.id); }
});
test('nothing speaks of a key or a tenant that there is not', () => {
  for (const w of WAYS) for (const code of codes(w.id, plain)) assert.ok(!/Bearer|token|X-Scope-OrgID|undefined|null/.test(code), w.id);
});
test('InfluxDB lines: telegraf gets address, token and tenant; curl the old path', () => {
  const [telegraf, curl] = codes('influx', bound);
  assert.equal(telegraf, '[[outputs.influxdb_v2]]\n  urls = ["https://b.example/x"]\n  organization = "belfry"\n  bucket = "telegraf"\n  token = "bf_i_abc"\n  [outputs.influxdb_v2.http_headers]\n    X-Scope-OrgID = "shop"');
  assert.equal(curl, "curl --data-binary 'room,name=attic temperature=21.5,humidity=48i' -H 'Authorization: Bearer bf_i_abc' -H 'X-Scope-OrgID: shop' \\\n  'https://b.example/x/write?db=home'");
  assert.equal(codes('influx', plain)[0], '[[outputs.influxdb_v2]]\n  urls = ["http://127.0.0.1:2353"]\n  organization = "belfry"\n  bucket = "telegraf"');
});
test('OpenTSDB: a point that the shell dates', () => {
  assert.equal(codes('opentsdb', plain)[0], `curl -H 'Content-Type: application/json' \\\n  -d '{"metric":"room.temperature","timestamp":'$(date +%s)',"value":21.5,"tags":{"room":"attic"}}' \\\n  'http://127.0.0.1:2353/api/put?details'`);
});
test('statsd and Graphite: ports of their own, on the host of this server', () => {
  assert.equal(codes('statsd', bound)[0], "printf 'page.views:1|c|#page:home\\ncheckout.ms:48|ms' | nc -u -w1 127.0.0.1 8125");
  assert.equal(codes('graphite', bound)[0], 'echo "servers.web01.load;dc=eu 1.5 $(date +%s)" | nc -N 127.0.0.1 2003');
});
test('CSV and JSON lines: a format for the columns, key and tenant', () => {
  assert.equal(codes('files', bound)[0], "echo \"$(date +%s),attic,21.5\" | \\\n  curl --data-binary @- -H 'Authorization: Bearer bf_i_abc' -H 'X-Scope-OrgID: shop' \\\n  'https://b.example/x/api/v1/import/csv?format=1:time:unix_s,2:label:room,3:metric:temperature'");
  assert.equal(codes('files', plain)[1], "curl -s 'http://127.0.0.1:2353/api/v1/export?match[]=up' > up.jsonl\ncurl --data-binary @up.jsonl http://127.0.0.1:2353/api/v1/import");
});
test('scraping: a flag for addresses, a key for the file of a Prometheus', () => {
  assert.deepEqual(codes('scrape', plain).slice(0, 2), ['belfry serve --scrape 127.0.0.1:9100 --scrape 127.0.0.1:9187/metrics', 'belfry serve --set scrape.config_file=/etc/prometheus/prometheus.yml']);
});
test('OpenTelemetry: the SDK takes its address and headers from the environment, the Collector from an exporter', () => {
  assert.deepEqual(codes('otlp', bound), [
    "export OTEL_EXPORTER_OTLP_ENDPOINT=https://b.example/x\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\nexport OTEL_EXPORTER_OTLP_HEADERS='Authorization=Bearer%20bf_i_abc,X-Scope-OrgID=shop'",
    'exporters:\n  otlphttp/belfry:\n    endpoint: https://b.example/x\n    headers:\n      Authorization: Bearer bf_i_abc\n      X-Scope-OrgID: shop',
  ]);
  assert.equal(codes('otlp', plain)[0], 'export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:2353\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf');
});
