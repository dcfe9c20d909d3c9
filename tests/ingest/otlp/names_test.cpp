#include "ingest/otlp/names.h"

#include <doctest/doctest.h>

using namespace belfry::ingest::otlp;

TEST_CASE("metric names follow OpenTelemetry's rules for Prometheus") {
    const auto name = [](const char* n, const char* unit, Kind kind) {
        return metric_name(n, unit, kind, Translation::underscores_with_suffixes);
    };
    CHECK(name("http.server.request.duration", "s", Kind::histogram) == "http_server_request_duration_seconds");
    CHECK(name("system.cpu.time", "s", Kind::counter) == "system_cpu_time_seconds_total");
    CHECK(name("requests", "{request}", Kind::counter) == "requests_total");
    CHECK(name("requests.total.count", "1", Kind::counter) == "requests_count_total");
    CHECK(name("cpu.utilization", "1", Kind::gauge) == "cpu_utilization_ratio");
    CHECK(name("cpu.utilization", "1", Kind::up_down_counter) == "cpu_utilization");
    CHECK(name("disk.io", "By/s", Kind::gauge) == "disk_io_bytes_per_second");
    CHECK(name("memory_bytes", "By", Kind::gauge) == "memory_bytes");
    CHECK(name("speed", "m/s", Kind::gauge) == "speed_meters_per_second");
    CHECK(name("events", "{event}/min", Kind::gauge) == "events_per_min");
    CHECK(name("2xx", "", Kind::counter) == "_2xx_total");
    CHECK(name("a..b__c", "", Kind::gauge) == "a_b_c");
    CHECK(name("job:rate", "", Kind::gauge) == "job:rate");
    CHECK(name("größe", "", Kind::gauge) == "gr_e");
    CHECK(name("...", "", Kind::gauge).empty());
    CHECK(name("temperature", "Cel", Kind::gauge) == "temperature_celsius");
    CHECK(name("odd", "weird-unit", Kind::gauge) == "odd_weird_unit");
}

TEST_CASE("the other translations keep more of the name") {
    CHECK(metric_name("http.server.duration", "s", Kind::histogram, Translation::underscores_without_suffixes) ==
          "http_server_duration");
    CHECK(metric_name("http.server.duration", "s", Kind::counter, Translation::utf8_with_suffixes) ==
          "http.server.duration_seconds_total");
    CHECK(metric_name("x.total", "", Kind::counter, Translation::utf8_with_suffixes) == "x_total");
    CHECK(metric_name("größe", "1", Kind::gauge, Translation::utf8_with_suffixes) == "größe_ratio");
    CHECK(metric_name("a b", "s", Kind::counter, Translation::none) == "a b");
}

TEST_CASE("label names keep letters, digits and underscores") {
    const auto t = Translation::underscores_with_suffixes;
    CHECK(label_name("http.request.method", t) == "http_request_method");
    CHECK(label_name("1st", t) == "key_1st");
    CHECK(label_name("_private", t) == "key_private");
    CHECK(label_name("__reserved", t) == "__reserved");
    CHECK(label_name("größe", t) == "gr__e");
    CHECK(label_name("a.b", Translation::none) == "a.b");
    CHECK(unit_name("By/s") == "bytes_per_second");
    CHECK(unit_name("{x}") == "");
}
