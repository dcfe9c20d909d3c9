#include "ingest/scrape/config.h"

#include "ingest/scrape/target_plan.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::ingest::scrape;

namespace {

ScrapeFile read(const std::string& text) {
    Result<ScrapeFile> file = read_scrape_config(text, "/etc/x");
    REQUIRE_MESSAGE(file.ok(), (file.ok() ? "" : file.error().message));
    return std::move(file).value();
}
std::string failure(const std::string& text) {
    const Result<ScrapeFile> file = read_scrape_config(text, "/etc/x");
    REQUIRE_FALSE(file.ok());
    return file.error().message;
}

}  // namespace

TEST_CASE("a job takes what global says where it says nothing itself") {
    const ScrapeFile file = read(R"(
global:
  scrape_interval: 20s
  scrape_timeout: 15s
  sample_limit: 9
  body_size_limit: 10MB
  external_labels: {site: "a$$b"}
scrape_configs:
- job_name: one
  static_configs:
  - targets: ["a:1", "b:2"]
    labels: {env: prod}
- job_name: two
  scrape_interval: 5s
  sample_limit: 0
  metrics_path: /m
  scheme: https
  params: {module: [x, y]}
  basic_auth: {username: u, password_file: secret}
  tls_config: {ca_file: ca.pem, insecure_skip_verify: yes}
  scrape_native_histograms: true
  file_sd_configs: [{files: ["t/*.json"], refresh_interval: 1m}]
)");
    REQUIRE(file.jobs.size() == 2);
    const JobConfig& one = *file.jobs[0];
    CHECK(one.interval_ms == 20'000);
    CHECK(one.timeout_ms == 15'000);
    CHECK(one.limits.samples == 9);
    CHECK(one.limits.body_bytes == 10 << 20);
    CHECK(one.groups[0].targets == std::vector<std::string>{"a:1", "b:2"});
    CHECK(accept_header(one).starts_with("application/openmetrics-text;version=1.0.0"));
    const JobConfig& two = *file.jobs[1];
    CHECK(two.timeout_ms == 5'000);
    CHECK(two.limits.samples == 0);
    CHECK(two.access.password_file == "/etc/x/secret");
    CHECK(two.access.tls.skip_verify);
    CHECK(two.access.tls.ca_file == "/etc/x/ca.pem");
    CHECK(two.files[0].files[0] == "/etc/x/t/*.json");
    CHECK(accept_header(two).starts_with("application/vnd.google.protobuf;"));
    CHECK(file.external_labels[0].second == "a$b");
    CHECK(file.warnings.empty());
}

TEST_CASE("mistakes are named with their line") {
    const std::string head = "scrape_configs:\n- job_name: a\n";
    CHECK(failure("scrape_config: []\n") == "line 1: configuration has no key \"scrape_config\"");
    CHECK(failure(head + "  metric_path: /x\n") == "line 3: scrape config has no key \"metric_path\"");
    CHECK(failure(head + "  scrape_interval: 15\n") ==
          "line 3: scrape_interval of a scrape config: \"15\" is not a duration like 15s or 1h30m");
    CHECK(failure(head + "  scrape_interval: 5s\n  scrape_timeout: 10s\n") ==
          "line 2: scrape_timeout of job a is longer than its scrape_interval");
    CHECK(failure(head + "- job_name: a\n") == "line 3: job_name \"a\" stands twice");
    CHECK(failure("scrape_configs:\n- metrics_path: /x\n") == "line 2: a scrape config needs a job_name");
    CHECK(failure(head + "  static_configs:\n  - targets: [\"http://x:1/y\"]\n")
              .starts_with("line 4: target \"http://x:1/y\""));
    CHECK(failure(head + "  relabel_configs:\n  - action: keep\n    regex: '(('\n")
              .starts_with("line 4: regex \"((\": "));
    CHECK(failure(head + "  relabel_configs:\n  - action: replace\n") == "line 4: action replace needs target_label");
    CHECK(failure(head + "  sample_limit: many\n") ==
          "line 3: sample_limit of a scrape config must be a number, zero or above");
    CHECK(failure(head + "  basic_auth: {username: x}\n  authorization: {credentials: y}\n") ==
          "line 2: only one of basic_auth, authorization and bearer_token may be set");
    CHECK(failure(head + "  tls_config: {cert_file: x}\n") ==
          "line 3: tls_config needs a certificate and its key, or none of both");
    CHECK(failure(head + "  file_sd_configs: [{files: [x.txt]}]\n") ==
          "line 3: file \"x.txt\" must end in .json, .yml or .yaml");
    CHECK(failure(head + "  scheme: ftp\n") == "line 2: scheme \"ftp\" is neither http nor https");
    CHECK(failure(head + "  scrape_protocols: [Smoke]\n") == "line 2: scrape_protocols: \"Smoke\" is not a protocol");
    CHECK(failure("a: [1\n").starts_with("line 2: "));
}

TEST_CASE("what is known and not used is said, and secrets are not shown") {
    const ScrapeFile file = read(R"(rule_files: [x.yml]
remote_write: [{url: "http://x"}]
scrape_configs:
- job_name: a
  kubernetes_sd_configs: [{role: pod}]
  basic_auth: {username: u, password: hidden}
  proxy_url: http://p:1
)");
    REQUIRE(file.warnings.size() == 4);
    CHECK(file.warnings[1].find("kubernetes_sd_configs") != std::string::npos);
    CHECK(file.shown.find("hidden") == std::string::npos);
    CHECK(file.shown.find("<secret>") != std::string::npos);
}

TEST_CASE("a target's labels decide where and how it is asked") {
    const ScrapeFile file = read(R"(scrape_configs:
- job_name: blackbox
  metrics_path: /probe
  params: {module: [http_2xx]}
  static_configs: [{targets: ["https://example.org"], labels: {__meta_x: y}}]
  relabel_configs:
  - {source_labels: [__address__], target_label: __param_target}
  - {source_labels: [__param_target], target_label: instance}
  - {target_label: __address__, replacement: "127.0.0.1:9115"}
  - {source_labels: [__meta_x], target_label: kept}
)" + std::string());
    const JobConfig& job = *file.jobs[0];
    const TargetPlan plan = plan_target(job, job.groups[0], job.groups[0].targets[0]).value();
    CHECK(plan.url() == "http://127.0.0.1:9115/probe?module=http_2xx&target=https%3A%2F%2Fexample.org");
    CHECK(plan.labels.to_string() == R"({instance="https://example.org",job="blackbox",kept="y"})");
    CHECK(plan.discovered.get("__meta_x") == "y");
    CHECK(plan.interval_ms == 60'000);
}

TEST_CASE("targets that relabelling drops or breaks") {
    const ScrapeFile file = read(R"(scrape_configs:
- job_name: a
  static_configs: [{targets: ["keep:1", "drop:1", "bad"]}]
  relabel_configs:
  - {source_labels: [__address__], regex: "drop:.*", action: drop}
  - {source_labels: [__address__], regex: "bad", target_label: __scrape_interval__, replacement: "often"}
)");
    const JobConfig& job = *file.jobs[0];
    CHECK_FALSE(plan_target(job, job.groups[0], "keep:1")->dropped);
    CHECK(plan_target(job, job.groups[0], "drop:1")->dropped);
    CHECK(plan_target(job, job.groups[0], "bad").error().message ==
          "label __scrape_interval__=\"often\" is not a duration above zero");
    CHECK(plan_target(job, job.groups[0], "h")->url() == "http://h/metrics");
    CHECK(plan_target(job, job.groups[0], "[::1]:9")->url() == "http://[::1]:9/metrics");
}

TEST_CASE("lists of targets are read as JSON and as YAML") {
    const auto json = read_target_groups(R"([{"targets":["a:1"],"labels":{"x":"1"}},{"targets":["b:1"]}])", "f.json");
    REQUIRE(json.ok());
    CHECK(json->at(0).labels[0].second == "1");
    CHECK(json->at(1).source == "f.json:1");
    CHECK(read_target_groups("- targets: [a:1]\n", "f.yml")->size() == 1);
    CHECK(read_target_groups("", "f.yml")->empty());
    CHECK(read_target_groups("- target: [a:1]\n", "f.yml").error().message ==
          "line 1: target group has no key \"target\"");
}

TEST_CASE("targets without a file are one job") {
    const auto job = plain_job({.config_file = "", .targets = {"127.0.0.1:9100", "https://h/x/metrics"}});
    REQUIRE(job.ok());
    const JobConfig& j = **job;
    CHECK(plan_target(j, j.groups[0], j.groups[0].targets[0])->url() == "http://127.0.0.1:9100/metrics");
    CHECK(plan_target(j, j.groups[1], j.groups[1].targets[0])->url() == "https://h/x/metrics");
    CHECK_FALSE(plain_job({.config_file = "", .targets = {"http://u:p@h"}}).ok());
}
