#include "api/prometheus/exposition_writer.h"
#include "api/prometheus/bulk_fixture.h"

namespace belfry::api {
namespace {

const std::string OPEN_METRICS =
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/"
    "plain;version=0.0.4;q=0.5,*/*;q=0.1";

void fill(BulkServer& server) {
    server.source.add({{"__name__", "up"}, {"job", "b"}, {"instance", "h:1"}}, 999'000, 1);
    server.source.add({{"__name__", "up"}, {"job", "a"}}, 990'000, 0);
    server.source.add({{"__name__", "up"}, {"job", "a"}}, 998'500, 0.5);
    server.source.add({{"__name__", "up"}, {"job", "gone"}}, 999'000, model::stale_nan());
    server.source.add({{"__name__", "up"}, {"job", "old"}}, 700'000, 1);
    server.source.add({{"__name__", "a_metric"}, {"path", "C:\\\"x\"\n"}, {"Zone", "1"}}, 1'000'000, 3e22);
    server.source.add({{"__name__", "http.requests"}, {"le-vel", "é"}}, 1'000'000, 2);
    auto h = std::make_shared<model::Histogram>();
    server.source.add({{"__name__", "native"}}, 1'000'000, h);
}

TEST_CASE("federation gives the newest sample of each living series, by name, with types and times") {
    BulkServer server;
    fill(server);
    const auto got = server.get(
        "/federate", {{"match[]", "up"}, {"match[]", "{job=\"a\"}"}, {"match[]", "a_metric"}, {"match[]", "native"}});
    CHECK(got.status == 200);
    CHECK(got.content_type == "text/plain; version=0.0.4; charset=utf-8");
    CHECK(got.body ==
          "# TYPE a_metric untyped\n"
          "a_metric{Zone=\"1\",path=\"C:\\\\\\\"x\\\"\\n\",instance=\"\"} 3e+22 1000000\n"
          "# TYPE up untyped\n"
          "up{instance=\"h:1\",job=\"b\"} 1 999000\n"
          "up{job=\"a\",instance=\"\"} 0.5 998500\n");
    CHECK(server.get("/prometheus/federate", {}).body.empty());
    CHECK(server.get("/federate", {{"match[]", "{x=~\".*\"}"}}).status == 400);
}

TEST_CASE("federation speaks OpenMetrics to whom prefers it, with external labels") {
    BulkServer server({}, {{"site", "north"}, {"instance", "me"}});
    fill(server);
    const auto got = server.get("/federate", {{"match[]", "up"}}, OPEN_METRICS);
    CHECK(got.content_type == "application/openmetrics-text; version=1.0.0; charset=utf-8");
    CHECK(got.body ==
          "# TYPE up unknown\n"
          "up{instance=\"h:1\",job=\"b\",site=\"north\"} 1 999\n"
          "up{instance=\"me\",job=\"a\",site=\"north\"} 0.5 998.500\n"
          "# EOF\n");
}

TEST_CASE("names beyond the old letters are escaped as the scraper asks") {
    BulkServer server;
    fill(server);
    const auto body = [&](const std::string& accept) {
        return server.get("/federate", {{"match[]", "{\"http.requests\"}"}}, accept).body;
    };
    CHECK(body("") == "# TYPE http_requests untyped\nhttp_requests{le_vel=\"é\",instance=\"\"} 2 1000000\n");
    CHECK(body("text/plain; escaping=allow-utf-8") ==
          "# TYPE \"http.requests\" untyped\n{\"http.requests\",\"le-vel\"=\"é\",instance=\"\"} 2 1000000\n");
    CHECK(body("text/plain; escaping=values") ==
          "# TYPE U__http_2e_requests untyped\nU__http_2e_requests{U__le_2d_vel=\"é\",instance=\"\"} 2 1000000\n");
    CHECK(body("text/plain; escaping=dots") ==
          "# TYPE http_dot_requests untyped\nhttp_dot_requests{le__vel=\"é\",instance=\"\"} 2 1000000\n");
}

TEST_CASE("the form of an exposition follows Accept by weight") {
    const auto open_metrics = [](std::string_view accept) {
        return choose_exposition(accept).format == codec::ExpositionFormat::open_metrics;
    };
    CHECK(open_metrics(OPEN_METRICS));
    CHECK(!open_metrics("application/openmetrics-text;q=0.2, text/plain;q=0.3"));
    CHECK(!open_metrics("application/openmetrics-text;version=9.9.9"));
    CHECK(!open_metrics("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"));
    CHECK(!open_metrics(""));
    CHECK(!open_metrics(";;,,=;q=x"));
}

TEST_CASE("an export has all samples of the selected series, and can be imported again") {
    BulkServer server;
    fill(server);
    server.source.add({{"__name__", "n_total"}}, 1'500, 1);
    server.source.add({{"__name__", "n_total"}}, 2'500, 2);
    server.admin.rows = {{"default", "n_total", model::MetricType::counter, "", "All \"n\"."},
                         {"default", "up", model::MetricType::gauge, "", ""}};
    const auto got = server.get("/api/v1/export/openmetrics",
                                {{"match[]", "{__name__=~\"n.*|up\",job!~\"b|old\"}"}, {"start", "0"}, {"end", "999"}});
    CHECK(got.content_type == "application/openmetrics-text; version=1.0.0; charset=utf-8");
    CHECK(got.body ==
          "# TYPE n counter\n# HELP n All \\\"n\\\".\n"
          "n_total 1 1.500\nn_total 2 2.500\n"
          "# TYPE up gauge\nup{job=\"a\"} 0 990\nup{job=\"a\"} 0.5 998.500\n"
          "# EOF\n");
    const auto odd = server.get("/api/v1/export/openmetrics", {{"match[]", "{\"http.requests\"}"}});
    CHECK(odd.body == "# TYPE \"http.requests\" unknown\n{\"http.requests\",\"le-vel\"=\"é\"} 2 1000\n# EOF\n");
    CHECK(server.get("/api/v1/export/openmetrics", {}).status == 400);
}

TEST_CASE("a long export is made in parts that end anywhere") {
    BulkServer server;
    for (int64_t i = 0; i < 50'000; ++i)
        server.source.add({{"__name__", "m"}}, i * 1000, static_cast<double>(i));
    const auto got = server.get("/api/v1/export/openmetrics", {{"match[]", "m"}});
    CHECK(server.parts > 1);
    CHECK(std::count(got.body.begin(), got.body.end(), '\n') == 50'002);
    CHECK(got.body.ends_with("m 49999 49999\n# EOF\n"));
}

TEST_CASE("external labels are name=value") {
    CHECK(parse_external_labels({"b=2=3", "a=1"})->to_string() == "{a=\"1\",b=\"2=3\"}");
    CHECK(parse_external_labels({"a="}).error().message == "bulk.external_labels: a= is not name=value");
    CHECK(!parse_external_labels({"=a"}).ok());
}

}  // namespace
}  // namespace belfry::api
