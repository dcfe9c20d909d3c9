// The ways data comes in today. One row is one tab: a new protocol is a row here and a receiver in the server.
export interface Context { address: string; origin: string; key: string | null; tenant: string }
export interface Way {
  id: string;
  title: string;
  icon: string;
  /** Receiver whose light belongs to this way; '' for ways that read. */
  receiver: string;
  says: string;
  /** Filled in with where this server is reached from the browser, and the key that was made here. */
  steps: (c: Context) => readonly { text: string; code?: string }[];
}

const bearer = (c: Context): string => (c.key ? ` -H 'Authorization: Bearer ${c.key}'` : '');
const other = (c: Context): boolean => Boolean(c.tenant) && c.tenant !== 'default';
/** For protocols with ports of their own; they are open on this machine alone unless the configuration says otherwise. */
const host = (c: Context): string => c.address.replace(/:\d+$/, '');
const header = (c: Context): string => (other(c) ? ` -H 'X-Scope-OrgID: ${c.tenant}'` : '');

const otlpHeaders = (c: Context): string => {
  const all = [c.key ? `Authorization=Bearer%20${c.key}` : '', other(c) ? `X-Scope-OrgID=${c.tenant}` : ''].filter(Boolean);
  return all.length ? `\nexport OTEL_EXPORTER_OTLP_HEADERS='${all.join(',')}'` : '';
};

export const WAYS: readonly Way[] = [
  {
    id: 'prometheus', title: 'Prometheus', icon: 'metrics', receiver: 'prometheus_write', says: 'A running Prometheus, Grafana Agent, Alloy, vmagent or OpenTelemetry Collector sends what it scrapes.',
    steps: (c) => [
      { text: 'Put this into prometheus.yml:', code: `remote_write:\n  - url: ${c.origin}/api/v1/write\n${c.key ? `    authorization:\n      credentials: ${c.key}\n` : ''}${other(c) ? `    headers:\n      X-Scope-OrgID: ${c.tenant}\n` : ''}    queue_config:\n      max_samples_per_send: 5000` },
      { text: 'Tell Prometheus to read it again:', code: 'kill -HUP $(pidof prometheus)' },
    ],
  },
  {
    id: 'otlp', title: 'OpenTelemetry', icon: 'metrics', receiver: 'otlp', says: 'An OpenTelemetry SDK or Collector sends its metrics, over HTTP or gRPC, as protobuf or JSON.',
    steps: (c) => [
      { text: 'For a program with an SDK:', code: `export OTEL_EXPORTER_OTLP_ENDPOINT=${c.origin}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf${otlpHeaders(c)}` },
      { text: 'On this machine the usual ports 4317 and 4318 are open, too, and each takes gRPC and HTTP; or as an exporter of the Collector:', code: `exporters:\n  otlphttp/belfry:\n    endpoint: ${c.origin}${c.key || other(c) ? '\n    headers:' : ''}${c.key ? `\n      Authorization: Bearer ${c.key}` : ''}${other(c) ? `\n      X-Scope-OrgID: ${c.tenant}` : ''}` },
    ],
  },
  {
    id: 'scrape', title: 'Scraping', icon: 'link', receiver: 'scrape', says: 'Belfry asks exporters itself, with the same configuration file that a Prometheus has, or without any file.',
    steps: () => [
      { text: 'A few exporters, each fifteen seconds:', code: 'belfry serve --scrape 127.0.0.1:9100 --scrape 127.0.0.1:9187/metrics' },
      { text: 'What a Prometheus scrapes today; the file is read again when it changes:', code: 'belfry serve --set scrape.config_file=/etc/prometheus/prometheus.yml' },
      { text: 'Who answers and who does not stands on the page Targets, and here:', code: "belfry query 'up'" },
    ],
  },
  {
    id: 'curl', title: 'curl', icon: 'code', receiver: 'prometheus_import', says: 'Lines in the Prometheus text format, from a script or by hand. Without a timestamp a sample gets the time it arrives.',
    steps: (c) => [
      { text: 'One sample:', code: `echo 'room_temperature_celsius{room="attic"} 21.5' | \\\n  curl --data-binary @-${bearer(c)}${header(c)} ${c.origin}/api/v1/import/prometheus` },
      { text: 'What any exporter shows, once:', code: `curl -s http://localhost:9100/metrics | \\\n  curl --data-binary @-${bearer(c)}${header(c)} ${c.origin}/api/v1/import/prometheus` },
    ],
  },
  {
    id: 'influx', title: 'Telegraf, InfluxDB', icon: 'metrics', receiver: 'influx', says: 'Telegraf and whatever else writes InfluxDB lines, of 1.x or 2.x. A field becomes the metric measurement_field; text fields are left out.',
    steps: (c) => [
      { text: 'Put this into telegraf.conf:', code: `[[outputs.influxdb_v2]]\n  urls = ["${c.origin}"]\n  organization = "belfry"\n  bucket = "telegraf"\n${c.key ? `  token = "${c.key}"\n` : ''}${other(c) ? `  [outputs.influxdb_v2.http_headers]\n    X-Scope-OrgID = "${c.tenant}"\n` : ''}`.trimEnd() },
      { text: 'Or one line by hand:', code: `curl --data-binary 'room,name=attic temperature=21.5,humidity=48i'${bearer(c)}${header(c)} \\\n  '${c.origin}/write?db=home'` },
    ],
  },
  {
    id: 'opentsdb', title: 'OpenTSDB', icon: 'metrics', receiver: 'opentsdb', says: 'Collectors that put points as JSON over HTTP: tcollector, Icinga, Telegraf’s OpenTSDB output.',
    steps: (c) => [
      { text: 'One point; an array of them works, too:', code: `curl -H 'Content-Type: application/json'${bearer(c)}${header(c)} \\\n  -d '{"metric":"room.temperature","timestamp":'$(date +%s)',"value":21.5,"tags":{"room":"attic"}}' \\\n  '${c.origin}/api/put?details'` },
    ],
  },
  {
    id: 'monasca', title: 'Monasca', icon: 'metrics', receiver: 'monasca', says: 'The monasca command line, monasca-agent and whatever else speaks Monasca’s REST API v2.0. Port 8070 of this machine is its well-known one.',
    steps: (c) => [
      { text: 'A user to log in with; the project is the tenant:', code: `belfry user add ann --project ${c.tenant} --role monasca-user --password-stdin` },
      { text: 'Where the command line finds Belfry:', code: `export OS_AUTH_URL=${c.origin}/identity/v3 OS_USERNAME=ann OS_PASSWORD=... OS_PROJECT_NAME=${c.tenant}\nexport OS_USER_DOMAIN_NAME=Default OS_PROJECT_DOMAIN_NAME=Default\nmonasca metric-create room.temperature 21.5 --dimensions room=attic` },
      { text: 'Or by hand:', code: `curl -H 'Content-Type: application/json'${bearer(c)}${header(c)} \\\n  -d '{"name":"room.temperature","dimensions":{"room":"attic"},"timestamp":'$(date +%s)'000,"value":21.5}' \\\n  ${c.origin}/monasca/v2.0/metrics` },
    ],
  },
  {
    id: 'statsd', title: 'statsd, DogStatsD', icon: 'metrics', receiver: 'statsd', says: 'Programs that count with a statsd or DogStatsD client. Counters only grow, so ask with rate(); timers and histograms become native histograms.',
    steps: (c) => [
      { text: 'Point the client at UDP port 8125 (TCP works, too), or by hand:', code: `printf 'page.views:1|c|#page:home\\ncheckout.ms:48|ms' | nc -u -w1 ${host(c)} 8125` },
      { text: 'It is written every ten seconds. Names keep their dots:', code: `belfry query 'rate({"page.views"}[1m])'\nbelfry query 'histogram_quantile(0.95, rate({"checkout.ms"}[5m]))'` },
    ],
  },
  {
    id: 'graphite', title: 'Graphite', icon: 'metrics', receiver: 'graphite', says: 'Whatever sends to carbon: lines to port 2003 by TCP or UDP, pickles to port 2004. Tags become labels, paths keep their dots.',
    steps: (c) => [
      { text: 'A line by hand:', code: `echo "servers.web01.load;dc=eu 1.5 $(date +%s)" | nc -N ${host(c)} 2003` },
      { text: 'To ask for one path, or for many:', code: `belfry query '{"servers.web01.load"}'\nbelfry query '{__name__=~"servers[.].*[.]load"}'` },
    ],
  },
  {
    id: 'files', title: 'CSV, JSON lines', icon: 'disk', receiver: 'csv', says: 'Tables and exports: comma-separated values with a word for each column, or the JSON lines that VictoriaMetrics and Belfry export.',
    steps: (c) => [
      { text: 'Columns that are a time, a label and a metric:', code: `echo "$(date +%s),attic,21.5" | \\\n  curl --data-binary @-${bearer(c)}${header(c)} \\\n  '${c.origin}/api/v1/import/csv?format=1:time:unix_s,2:label:room,3:metric:temperature'` },
      { text: 'JSON lines, out of any server that has /api/v1/export and into this one:', code: `curl -s '${c.origin}/api/v1/export?match[]=up' > up.jsonl\ncurl --data-binary @up.jsonl${bearer(c)}${header(c)} ${c.origin}/api/v1/import` },
    ],
  },
  {
    id: 'import', title: 'belfry import', icon: 'disk', receiver: 'prometheus_import', says: 'Files of samples with timestamps, of any age inside the retention.',
    steps: (c) => [
      { text: 'A file in the text format:', code: `belfry import --url ${c.origin}${c.key ? ` --key ${c.key}` : ''} samples.txt` },
      { text: 'From a pipe:', code: `zcat old.txt.gz | belfry import --url ${c.origin}${c.key ? ` --key ${c.key}` : ''} -` },
    ],
  },
  {
    id: 'host', title: 'This host', icon: 'hosts', receiver: 'host', says: 'Belfry measures the machine it runs on, under node_exporter’s names, so that existing dashboards fit. Nothing to do.',
    steps: () => [{ text: 'It is on by default. To look at it:', code: "belfry query 'node_load1'" }, { text: 'To switch it off, in belfry.toml:', code: '[host]\nenabled = false' }],
  },
  {
    id: 'grafana', title: 'Grafana', icon: 'dash', receiver: '', says: 'Grafana reads Belfry as a Prometheus data source.',
    steps: (c) => [
      { text: 'Connections → Add new → Prometheus, with this address:', code: c.origin },
      { text: 'Or as provisioning/datasources/belfry.yaml:', code: `apiVersion: 1\ndatasources:\n  - name: Belfry\n    type: prometheus\n    access: proxy\n    url: ${c.origin}\n    jsonData:\n      httpMethod: POST\n      prometheusType: Prometheus${c.key ? `\n      httpHeaderName1: Authorization\n    secureJsonData:\n      httpHeaderValue1: Bearer ${c.key}` : ''}` },
    ],
  },
  {
    id: 'promtool', title: 'promtool', icon: 'code', receiver: '', says: 'Prometheus’ own command-line tool asks Belfry as it asks Prometheus.',
    steps: (c) => [
      { text: 'One value each:', code: `promtool query instant ${c.origin} 'node_load1'` },
      { text: 'A range:', code: `promtool query range --start=$(date -d '-1 hour' +%s) ${c.origin} 'rate(node_cpu_seconds_total[5m])'` },
    ],
  },
];
