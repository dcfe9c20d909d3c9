#include "api/prometheus/bulk_fixture.h"
#include "ingest/json_lines/map.h"

#include <limits>

namespace belfry::api {

TEST_CASE("an export in JSON lines has every sample, and reads back as it was") {
    BulkServer server;
    const double values[] = {
        1, 0.1 + 0.2, -5e-324, std::numeric_limits<double>::infinity(), std::nan(""), model::stale_nan(), 1e21};
    for (size_t i = 0; i < std::size(values); i++)
        server.source.add({{"__name__", "odd.name"}, {"a", "\"ü\n"}}, static_cast<int64_t>(i) * 1000, values[i]);
    server.source.add({{"__name__", "up"}}, 1'500, 1);
    const auto got = server.get("/api/v1/export", {{"match[]", "{__name__=~\".+\"}"}});
    CHECK(got.status == 200);
    CHECK(got.body ==
          "{\"metric\":{\"__name__\":\"odd.name\",\"a\":\"\\\"ü\\n\"},"
          "\"values\":[1,0.30000000000000004,-5e-324,\"Infinity\",null,\"StaleNaN\",1e+21],"
          "\"timestamps\":[0,1000,2000,3000,4000,5000,6000]}\n"
          "{\"metric\":{\"__name__\":\"up\"},\"values\":[1],\"timestamps\":[1500]}\n");
    ingest::json_lines::LineMapper mapper(got.body, {});
    ingest::WireBatch batch;
    REQUIRE(mapper.fill(batch, 1'000));
    CHECK(mapper.bad_lines().count == 0);
    REQUIRE(batch.samples.size() == 8);
    for (size_t i = 0; i < std::size(values); i++) {
        CHECK(batch.samples[i].time_ms == static_cast<int64_t>(i) * 1000);
        const bool same = std::bit_cast<uint64_t>(batch.samples[i].value) == std::bit_cast<uint64_t>(values[i]);
        CHECK((same || (std::isnan(values[i]) && std::isnan(batch.samples[i].value))));
    }
    CHECK(model::is_stale(batch.samples[5].value));
    CHECK(model::LabelsView(batch.series[0].wire).get("a") == "\"ü\n");
}

TEST_CASE("an export has as many samples a line as are asked for, and parts that end between lines") {
    BulkServer server;
    for (int64_t i = 0; i < 50'000; ++i)
        server.source.add({{"__name__", "m"}}, i * 1000, static_cast<double>(i));
    const auto got = server.get("/api/v1/export", {{"match[]", "m"}, {"max_rows_per_line", "100"}});
    CHECK(server.parts > 1);
    CHECK(std::count(got.body.begin(), got.body.end(), '\n') == 500);
    const auto part = server.get("/api/v1/export", {{"match[]", "m"}, {"start", "10"}, {"end", "11"}});
    CHECK(part.body == "{\"metric\":{\"__name__\":\"m\"},\"values\":[10,11],\"timestamps\":[10000,11000]}\n");
    CHECK(server.get("/api/v1/export", {}).status == 400);
    CHECK(server.get("/api/v1/export", {{"match[]", "m"}, {"max_rows_per_line", "x"}}).status == 400);
}

}  // namespace belfry::api
