#include "ingest/scrape/scraper.h"

#include "support/recording_sink.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace belfry;
using namespace belfry::ingest::scrape;

namespace {

std::shared_ptr<const JobConfig> job_of(const std::string& yaml) {
    const std::string text = "scrape_configs:\n- job_name: test\n  static_configs: [{targets: [\"h:1\"]}]\n" + yaml;
    Result<ScrapeFile> file = read_scrape_config(text, "");
    REQUIRE_MESSAGE(file.ok(), (file.ok() ? "" : file.error().message));
    return file->jobs.at(0);
}

/// A target whose answers the test writes itself.
struct Bench {
    ManualClock clock{1'000'000};
    ScraperConfig config;
    tests::RecordingSink recorder;
    ingest::ReceiverStats stats{clock, "scrape", "Scraping", "here"};
    Scraper scraper{{.clock = clock, .config = config, .sink = recorder.sink(), .stats = stats, .cancel_fd = -1}};
    Target target;

    explicit Bench(const std::string& yaml = "")
        : target(job_of(yaml), plan_target(*job_of(yaml), job_of(yaml)->groups.at(0), "h:1").value()) {}

    static http::FetchResponse answer(std::string body, std::string type = "text/plain") {
        http::FetchResponse out;
        out.status = 200;
        out.headers.emplace_back("content-type", std::move(type));
        out.body = std::move(body);
        return out;
    }
    void take(Result<http::FetchResponse> given) {
        recorder.rows.clear();
        recorder.exemplars.clear();
        scraper.take(target, clock.now_ms(), clock.monotonic_ns(), given);
        clock.advance_ms(15'000);
    }
    void take_text(std::string body) { take(answer(std::move(body))); }
    /// "value@time" of a series, "stale", or "" when it was not written.
    [[nodiscard]] std::string row(std::string_view series) const {
        for (const auto& r : recorder.rows)
            if (r.series == series) return model::is_stale(r.value) ? "stale" : fmt::format("{}", r.value);
        return "";
    }
    [[nodiscard]] std::string report(const std::string& name) const {
        return row(name + R"({instance="h:1",job="test"})");
    }
};

}  // namespace

TEST_CASE("an answer becomes series with the target's labels, and a report") {
    Bench bench;
    bench.take_text("# HELP a Things.\n# TYPE a counter\na{x=\"1\"} 5\nb 7 123\n");
    CHECK(bench.row(R"(a{instance="h:1",job="test",x="1"})") == "5");
    CHECK(bench.row(R"(b{instance="h:1",job="test"})") == "7");
    CHECK(bench.recorder.rows[1].time_ms == 123);
    CHECK(bench.report("up") == "1");
    CHECK(bench.report("scrape_samples_scraped") == "2");
    CHECK(bench.report("scrape_samples_post_metric_relabeling") == "2");
    CHECK(bench.report("scrape_series_added") == "2");
    CHECK(bench.report("scrape_timeout_seconds") == "10");
    REQUIRE(bench.recorder.metadata.size() == 1);
    CHECK(bench.recorder.metadata[0].help == "Things.");
    CHECK(bench.recorder.writes == 1);
    bench.take_text("# HELP a Things.\n# TYPE a counter\na{x=\"1\"} 6\nb 8 124\n");
    CHECK(bench.report("scrape_series_added") == "0");
    CHECK(bench.recorder.metadata.size() == 1);
}

TEST_CASE("a series that is missing is marked once; one with a time of its own is not") {
    Bench bench;
    bench.take_text("a 1\nb 2\nc 3 100\n");
    bench.take_text("b 3\n");
    CHECK(bench.row(R"(a{instance="h:1",job="test"})") == "stale");
    CHECK(bench.row(R"(c{instance="h:1",job="test"})") == "");
    bench.take_text("b 4\n");
    CHECK(bench.row(R"(a{instance="h:1",job="test"})") == "");
    bench.take_text("b 4\na 9\n");
    CHECK(bench.row(R"(a{instance="h:1",job="test"})") == "9");
}

TEST_CASE("the same series written in another way is the same series") {
    Bench bench;
    bench.take_text("a{x=\"1\",y=\"2\"} 1\n");
    bench.take_text("a{y=\"2\",x=\"1\"} 2\n");
    CHECK(bench.row(R"(a{instance="h:1",job="test",x="1",y="2"})") == "2");
    CHECK(bench.recorder.rows.size() == 9);  // one sample, eight of the report, no marker
    bench.take_text("a{y=\"2\",x=\"1\"} 2\na{x=\"1\",y=\"2\"} 3\n");
    CHECK(bench.recorder.rows.size() == 9);
}

TEST_CASE("a scrape that fails marks everything, and what was torn is not written") {
    Bench bench;
    bench.take_text("a 1\n");
    bench.take_text("a 2\nnew 1\nbad line !\n");
    CHECK(bench.row(R"(a{instance="h:1",job="test"})") == "stale");
    CHECK(bench.row(R"(new{instance="h:1",job="test"})") == "");
    CHECK(bench.report("up") == "0");
    CHECK(bench.target.state_now().health == Health::down);
    CHECK(bench.target.state_now().last_error.find("line 3") != std::string::npos);
    bench.take(make_error(Code::unavailable, "h:1: nobody answers there"));
    CHECK(bench.row(R"(a{instance="h:1",job="test"})") == "");
    CHECK(bench.report("up") == "0");
    bench.take_text("a 3\n");
    CHECK(bench.row(R"(a{instance="h:1",job="test"})") == "3");
    CHECK(bench.report("up") == "1");
    bench.take(make_error(Code::unavailable, "gone"));
    CHECK(bench.row(R"(a{instance="h:1",job="test"})") == "stale");
}

TEST_CASE("labels of the target win, what they hide is kept beside; honor_labels turns it round") {
    Bench bench;
    bench.take_text("a{job=\"mine\",exported_job=\"x\"} 1\n");
    CHECK(bench.row(R"(a{exported_exported_job="mine",exported_job="x",instance="h:1",job="test"})") == "1");
    Bench honored("  honor_labels: true\n");
    honored.take_text("a{job=\"mine\"} 1\n");
    CHECK(honored.row(R"(a{instance="h:1",job="mine"})") == "1");
}

TEST_CASE("metric relabelling drops and renames, and bounds are floats") {
    Bench bench(
        "  metric_relabel_configs:\n  - {source_labels: [__name__], regex: 'go_.*', action: drop}\n"
        "  - {source_labels: [x], target_label: y}\n  - {regex: x, action: labeldrop}\n");
    bench.take_text("go_x 1\na{x=\"1\"} 1\nh_bucket{le=\"5\"} 1\nh_bucket{le=\"+Inf\"} 1\n");
    CHECK(bench.row(R"(a{instance="h:1",job="test",y="1"})") == "1");
    CHECK(bench.row(R"(h_bucket{instance="h:1",job="test",le="5.0"})") == "1");
    CHECK(bench.report("scrape_samples_scraped") == "4");
    CHECK(bench.report("scrape_samples_post_metric_relabeling") == "3");
}

TEST_CASE("each limit of a job fails the scrape by its name") {
    const auto error = [](const std::string& yaml, const std::string& body) {
        Bench bench(yaml);
        bench.take_text(body);
        CHECK(bench.report("up") == "0");
        CHECK(bench.recorder.rows.size() == 8);
        return bench.target.state_now().last_error;
    };
    CHECK(error("  sample_limit: 2\n", "a 1\nb 2\nc 3\n").find("sample_limit") != std::string::npos);
    CHECK(error("  label_limit: 3\n", "a{x=\"1\"} 1\n").find("label_limit") != std::string::npos);
    CHECK(error("  label_name_length_limit: 8\n", "a{long_name_x=\"1\"} 1\n").find("label_name_length_limit") !=
          std::string::npos);
    CHECK(error("  label_value_length_limit: 4\n", "a{x=\"12345\"} 1\n").find("label_value_length_limit") !=
          std::string::npos);
}

TEST_CASE("an OpenMetrics answer needs its end and brings exemplars") {
    Bench bench;
    bench.take(Bench::answer("# TYPE a counter\na_total 5 # {trace_id=\"t\"} 0.5 1.5\n# EOF\n",
                             "application/openmetrics-text; version=1.0.0; charset=utf-8"));
    CHECK(bench.row(R"(a_total{instance="h:1",job="test"})") == "5");
    REQUIRE(bench.recorder.exemplars.size() == 1);
    CHECK(bench.recorder.exemplars[0].exemplar.time_ms == 1500);
    CHECK(bench.recorder.exemplars[0].exemplar.labels.get("trace_id") == "t");
    bench.take(Bench::answer("a_total 6\n", "application/openmetrics-text"));
    CHECK(bench.target.state_now().last_error.find("# EOF") != std::string::npos);
}

TEST_CASE("created samples of OpenMetrics give the others of their metric a start time") {
    Bench bench;
    bench.take(Bench::answer(
        "# TYPE h histogram\nh_bucket{a=\"1\",le=\"1.0\"} 1\nh_bucket{a=\"1\",le=\"+Inf\"} 2\n"
        "h_count{a=\"1\"} 2\nh_sum{a=\"1\"} 3\nh_created{a=\"1\"} 100.5\n"
        "h_count{a=\"2\"} 2\nh_created{a=\"2\"} 200\n# TYPE g gauge\ng_created 5\n"
        "# TYPE c counter\nc_total 7\nc_created 300\nc_total{x=\"}\\\"\"} 7\nc_created{x=\"}\\\"\"} 1\n# EOF\n",
        "application/openmetrics-text; version=1.0.0"));
    std::vector<std::string> got;
    for (const auto& row : bench.recorder.rows)
        if (row.start_ms != 0)
            got.push_back(fmt::format("{} {}", row.series.substr(0, row.series.find("{")), row.start_ms));
    CHECK(got == std::vector<std::string>{"h_bucket 100500", "h_bucket 100500", "h_count 100500", "h_sum 100500",
                                          "h_count 200000", "c_total 300000", "c_total 1000"});
    CHECK(bench.row(R"(c_created{instance="h:1",job="test"})") == "300");
}

TEST_CASE("an answer without a known content type needs the fallback") {
    Bench bench;
    bench.take(Bench::answer("a 1\n", ""));
    CHECK(bench.target.state_now().last_error.find("fallback_scrape_protocol") != std::string::npos);
    Bench with("  fallback_scrape_protocol: PrometheusText0.0.4\n");
    with.take(Bench::answer("a 1\n", "application/octet-stream"));
    CHECK(with.report("up") == "1");
}

TEST_CASE("a target that is gone has its series and its report marked") {
    Bench bench;
    bench.take_text("a 1\n");
    bench.recorder.rows.clear();
    bench.scraper.end_series(bench.target, 77);
    CHECK(bench.row(R"(a{instance="h:1",job="test"})") == "stale");
    CHECK(bench.report("up") == "stale");
    CHECK(bench.recorder.rows.size() == 9);
}

TEST_CASE("series that come and go do not pile up") {
    Bench bench;
    for (int round = 0; round < 50; round++) {
        std::string text;
        for (int i = 0; i < 100; i++)
            text += fmt::format("a{{pod=\"{}-{}\"}} 1\n", round, i);
        bench.take_text(text);
        CHECK(bench.target.cache.live_count() == 100);
        CHECK(bench.recorder.rows.size() == (round == 0 ? 108 : 208));
    }
    CHECK(bench.target.cache.series_count() < 1'500);
}

TEST_CASE("a sink that takes nothing shows on the target") {
    Bench bench;
    bench.recorder.error = make_error(Code::exhausted, "the log is full");
    bench.take_text("a 1\n");
    CHECK(bench.target.state_now().last_error == "scraped, but not stored: the log is full");
}
