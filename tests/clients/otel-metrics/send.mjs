// One run of OpenTelemetry's metrics SDK: node send.mjs <proto|json|grpc> <address> <cumulative|delta> <run>
// Records known values in two collections and ends with 0 when every export was accepted.
import { AggregationType, AggregationTemporality, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { OTLPMetricExporter as Proto } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPMetricExporter as Json } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as Grpc } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { diag, DiagLogLevel } from '@opentelemetry/api';

const [transport, address, temporality, run] = process.argv.slice(2);
let errors = 0;
const complain = (...a) => { errors += 1; console.error(...a); };
diag.setLogger({ error: complain, warn: complain, info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN);

const options = {
  url: transport === 'grpc' ? `http://${address}` : `http://${address}/v1/metrics`,
  temporalityPreference: temporality === 'delta' ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
  compression: transport === 'json' ? 'none' : 'gzip',
};
const exporter = new { proto: Proto, json: Json, grpc: Grpc }[transport](options);
const provider = new MeterProvider({
  resource: resourceFromAttributes({ 'service.name': 'shop', 'service.namespace': 'e2e', 'service.instance.id': run, 'host.arch': 'test' }),
  readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
  views: [{ instrumentName: 'request.size', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
});
const meter = provider.getMeter('e2e.meter', '1.2.3');
const orders = meter.createCounter('orders', { description: 'Orders taken.', unit: '{order}' });
const queued = meter.createUpDownCounter('queue.length');
const latency = meter.createHistogram('http.server.request.duration', { unit: 's', advice: { explicitBucketBoundaries: [0.1, 1] } });
const size = meter.createHistogram('request.size', { unit: 'By' });
meter.createObservableGauge('cpu.load', { unit: '1' }).addCallback((result) => result.observe(0.25, { core: 0 }));

for (const round of [1, 2]) {
  orders.add(10 * round, { 'order.kind': 'book', paid: true });
  queued.add(5 - 3 * (round - 1));
  for (const seconds of [0.05, 0.5, 5]) latency.record(seconds, { route: '/buy' });
  for (const bytes of [1, 2, 4, 1000]) size.record(bytes);
  await provider.forceFlush();
}
await provider.shutdown();
process.exit(errors > 0 ? 1 : 0);
