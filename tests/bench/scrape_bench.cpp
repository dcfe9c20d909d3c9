// One target of 10,000 series, its answer read, joined with its labels and put into a batch; the log is not in it.
#include "ingest/scrape/scraper.h"

#include <ctime>

using namespace belfry;
using namespace belfry::ingest::scrape;

namespace {

double cpu_ns() {
    timespec t{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

std::string exposition(int round) {
    std::string out;
    for (int m = 0; m < 100; m++) {
        out += fmt::format("# HELP metric_{} Some help text for metric {}.\n# TYPE metric_{} counter\n", m, m, m);
        for (int z = 0; z < 100; z++)
            out += fmt::format("metric_{}{{service=\"checkout\",zone=\"eu-{}\",pod=\"pod-{}\",code=\"{}\"}} {}\n", m,
                               z % 5, z, 200 + z % 7, round * 100 + m * z);
    }
    return out;
}

void run(const char* name, const std::string& relabel) {
    const std::string yaml = "scrape_configs:\n- job_name: test\n  static_configs: [{targets: [\"h:1\"]}]\n" + relabel;
    const auto job = read_scrape_config(yaml, "")->jobs.at(0);
    Clock& clock = system_clock();
    ScraperConfig config;
    ingest::ReceiverStats stats(clock, "scrape", "Scraping", "here");
    const ingest::MetricSink sink = [](const ingest::WireBatch& batch) -> Result<ingest::WriteOutcome> {
        return ingest::WriteOutcome{.accepted_samples = batch.samples.size()};
    };
    Scraper scraper({.clock = clock, .config = config, .sink = sink, .stats = stats, .cancel_fd = -1});
    Target target(job, plan_target(*job, job->groups.at(0), "h:1").value());
    constexpr int ROUNDS = 50;
    double first_ns = 0;
    double later_ns = 0;
    size_t bytes = 0;
    for (int i = 0; i <= ROUNDS; i++) {
        http::FetchResponse answer;
        answer.status = 200;
        answer.headers.emplace_back("content-type", "text/plain; version=0.0.4");
        answer.body = exposition(i);
        bytes = answer.body.size();
        const double begin = cpu_ns();
        scraper.take(target, clock.now_ms(), clock.monotonic_ns(), std::move(answer));
        (i == 0 ? first_ns : later_ns) += cpu_ns() - begin;
    }
    const double each = later_ns / ROUNDS;
    fmt::print("{:28} {:8.0f} ns/sample  {:6.0f} MB/s  first scrape {:.0f} ns/sample\n", name, each / 10'000,
               static_cast<double>(bytes) / each * 1e3, first_ns / 10'000);
}

}  // namespace

int main() {
    run("scrape/known series", "");
    run("scrape/metric relabelling",
        "  metric_relabel_configs: [{source_labels: [__name__], regex: 'metric_9.*', action: drop}, {source_labels: "
        "[zone], "
        "regex: 'eu-(.*)', target_label: z}]\n");
}
