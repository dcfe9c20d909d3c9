#include "forward/forwarder.h"

#include "codec/compress.h"
#include "codec/metric_record.h"
#include "codec/protobuf.h"
#include "forward/position_file.h"
#include "support/faulty_file.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::forward;
using belfry::tests::FaultyFileSystem;

namespace {

/// What a receiver of remote write sees: "labels time=value" of each sample.
struct Receiver {
    std::mutex mutex;  // guards all
    std::condition_variable changed;
    std::vector<std::string> samples;
    std::vector<int> answers;  // taken one a request; 204 when there are none
    std::string retry_after;
    size_t requests = 0;
    std::vector<std::pair<std::string, std::string>> headers;

    Post post() {
        return [this](const auto& sent_headers, const std::string& body) -> Result<PostAnswer> {
            const std::lock_guard lock(mutex);
            ++requests;
            headers = sent_headers;
            int status = 204;
            if (!answers.empty()) {
                status = answers.front();
                answers.erase(answers.begin());
            }
            changed.notify_all();
            if (status == 0) return make_error(Code::unavailable, "nobody answers there");
            if (status / 100 == 2) take(body);
            return PostAnswer{.status = status, .retry_after = retry_after, .body = "said"};
        };
    }
    void take(const std::string& body) {
        const auto plain = codec::decompress(codec::Coding::snappy, body);
        REQUIRE(plain.ok());
        codec::ProtoReader request(*plain);
        while (request.next()) {
            if (request.field() != 1) {
                samples.push_back("metadata");
                continue;
            }
            std::string labels;
            codec::ProtoReader series(request.bytes());
            while (series.next()) {
                codec::ProtoReader part(series.bytes());
                std::string name;
                double value = 0;
                while (part.next()) {
                    if (series.field() == 1 && part.field() == 1) name = part.bytes();
                    if (series.field() == 1 && part.field() == 2)
                        labels += name + "=" + std::string(part.bytes()) + " ";
                    if (series.field() == 2 && part.field() == 1) value = part.float64();
                    if (series.field() == 2 && part.field() == 2)
                        samples.push_back(fmt::format("{}{}={}", labels, part.int64(), value));
                    if (series.field() == 4 && part.field() == 15) samples.push_back(labels + "histogram");
                    if (series.field() == 3 && part.field() == 3) samples.push_back(labels + "exemplar");
                }
            }
        }
    }
    bool wait(const std::function<bool()>& done) {
        std::unique_lock lock(mutex);
        return changed.wait_for(lock, std::chrono::seconds(10), done);
    }
    std::vector<std::string> all(size_t count) {
        CHECK(wait([&] { return samples.size() >= count; }));
        const std::lock_guard lock(mutex);
        return samples;
    }
};

struct Bench {
    FaultyFileSystem files{1};
    queue::QueueConfig queue_config;
    std::unique_ptr<queue::Queue> queue;
    Receiver receiver;
    std::map<model::HeadId, std::string> known;  // what the store knows
    std::vector<uint64_t> waited;
    std::string extra;  // lines of the destination

    Bench() { open_queue(); }
    void open_queue() {
        queue.reset();
        journal::JournalConfig journal;
        journal.directory = "/log";
        journal.segment_bytes = 64 << 10;
        queue_config.disk_reserve_bytes = 0;
        queue_config.trim_bytes = 8 << 10;
        queue = queue::Queue::open(files, system_clock(), queue_config, journal).value();
    }
    std::unique_ptr<Forwarder> open(model::Labels external = {}) {
        REQUIRE(files.make_dirs("/etc").ok());
        REQUIRE(write_file_atomically(
                    files, "/etc/p.yml",
                    "remote_write:\n- url: http://h:1/w\n  name: out\n  queue_config: {batch_send_deadline: "
                    "1ms, min_backoff: 1ms, max_backoff: 2ms}\n" +
                        extra)
                    .ok());
        auto out = Forwarder::open({.queue = *queue,
                                    .files = files,
                                    .clock = system_clock(),
                                    .dir = "/data/forward",
                                    .config = {.file = "/etc/p.yml"},
                                    .external_labels = std::move(external),
                                    .names = {.labels_of =
                                                  [this](auto ids, const auto& visit) {
                                                      for (size_t i = 0; i < ids.size(); ++i) {
                                                          const auto found = known.find(ids[i]);
                                                          visit(i, found == known.end() ? "" : found->second);
                                                      }
                                                  },
                                              .wait_applied = [this](uint64_t offset) { waited.push_back(offset); }},
                                    .post = [this](const DestinationConfig&, Clock&, int) { return receiver.post(); }});
        REQUIRE_MESSAGE(out.ok(), (out.ok() ? "" : out.error().message));
        return std::move(out).value();
    }
    /// One sample of one series, its labels in the record when `named`.
    uint64_t put(model::HeadId id,
                 double value,
                 bool named,
                 const model::Labels& labels = {{"__name__", "m"}, {"job", "a"}}) {
        auto batch = std::make_shared<model::MetricBatch>();
        if (named) batch->add_series(id, labels.bytes());
        batch->times_ms = {static_cast<int64_t>(value) * 1000};
        batch->ids = {id};
        batch->time_index = {0};
        batch->values = {value};
        return put(batch);
    }
    uint64_t put(const std::shared_ptr<model::MetricBatch>& batch) {
        std::string payload;
        codec::encode_metric_record(*batch, payload);
        queue::Append record;
        record.topic = static_cast<uint32_t>(queue::Topic::metrics);
        record.payload = std::move(payload);
        return queue->append(std::move(record))->wait().value();
    }
};

}  // namespace

TEST_CASE("what comes in goes out, with the labels of the log or of the store") {
    Bench b;
    b.put(1, 1, true);  // before the destination was there
    const auto out = b.open({{"site", "north"}});
    out->start();
    b.put(7, 2, true);
    CHECK(b.receiver.all(1) == std::vector<std::string>{"__name__=m job=a site=north 2000=2"});
    b.known[8] = model::Labels({{"__name__", "old"}}).bytes();
    b.put(8, 3, false);
    CHECK(b.receiver.all(2).back() == "__name__=old site=north 3000=3");
    b.put(99, 4, false);  // nobody knows it: given up after the store was waited for
    b.put(7, 5, false);
    CHECK(b.receiver.all(3).back() == "__name__=m job=a site=north 5000=5");
    CHECK(b.waited == std::vector<uint64_t>{4});
    CHECK(b.receiver.headers ==
          std::vector<std::pair<std::string, std::string>>{{"Content-Type", "application/x-protobuf"},
                                                           {"Content-Encoding", "snappy"},
                                                           {"X-Prometheus-Remote-Write-Version", "0.1.0"},
                                                           {"User-Agent", "belfry"}});
}

TEST_CASE("a destination that is down, busy or asks for patience gets all of it in the end, in order") {
    Bench b;
    b.receiver.answers = {0, 500, 429, 503, 302};
    const auto out = b.open();
    out->start();
    b.put(1, 1, true);
    CHECK(b.receiver.wait([&] { return b.receiver.requests >= 2; }));
    for (int i = 2; i <= 5; ++i)
        b.put(1, i, false);
    const auto got = b.receiver.all(5);
    REQUIRE(got.size() == 5);
    for (int i = 1; i <= 5; ++i)
        CHECK(got[static_cast<size_t>(i - 1)] == fmt::format("__name__=m job=a {}000={}", i, i));
    CHECK(out->status()[0].trouble.empty());
}

TEST_CASE("what a destination refuses for good is given up, and the next goes on") {
    Bench b;
    b.receiver.answers = {400};
    const auto out = b.open();
    out->start();
    b.put(1, 1, true);
    CHECK(b.receiver.wait([&] { return b.receiver.requests == 1; }));
    b.put(1, 2, false);
    CHECK(b.receiver.all(1) == std::vector<std::string>{"__name__=m job=a 2000=2"});
}

TEST_CASE("after a restart a destination goes on where it was; a damaged position sends the log again") {
    Bench b;
    auto out = b.open();
    out->start();
    b.put(1, 1, true);
    CHECK(b.receiver.all(1).size() == 1);
    out->stop();
    out.reset();
    CHECK(PositionFile(b.files, "/data/forward/out.position").load().value() == 1);
    b.put(1, 2, false);
    b.open_queue();
    b.known[1] = model::Labels({{"__name__", "m"}, {"job", "a"}}).bytes();
    out = b.open();
    out->start();
    CHECK(b.receiver.all(2).back() == "__name__=m job=a 2000=2");
    out.reset();
    REQUIRE(write_file_atomically(b.files, "/data/forward/out.position", "BFYFWD01rubbishrubbis").ok());
    out = b.open();
    out->start();
    CHECK(b.receiver.all(4).back() == "__name__=m job=a 2000=2");
}

TEST_CASE("a destination that hangs holds neither the others nor a stop") {
    Bench b;
    b.receiver.answers.assign(100'000, 503);
    const auto out = b.open();
    out->start();
    b.put(1, 1, true);
    CHECK(b.receiver.wait([&] { return b.receiver.requests > 3; }));
    CHECK(out->status()[0].trouble == "HTTP 503 said");
    CHECK(out->status()[0].consumer == "forward out");
    out->stop();
    CHECK(PositionFile(b.files, "/data/forward/out.position").load().value() == 0);
}

TEST_CASE("relabelling, tenants and kinds decide what leaves") {
    Bench b;
    b.extra =
        "  send_exemplars: true\n  write_relabel_configs:\n  - {source_labels: [job], regex: secret, action: drop}\n"
        "  - {regex: job, action: labeldrop}\n";
    const auto out = b.open();
    out->start();
    auto batch = std::make_shared<model::MetricBatch>();
    batch->add_series(1, model::Labels({{"__name__", "a"}, {"job", "secret"}}).bytes());
    batch->add_series(2, model::Labels({{"__name__", "b"}, {"job", "x"}}).bytes());
    batch->add_series(3, model::Labels({{"", "other"}, {"__name__", "c"}}).bytes());
    batch->times_ms = {1000};
    batch->ids = {1, 2, 2, 3};
    batch->time_index = {0, 0, 0, 0};
    batch->values = {1, 2, 0, 4};
    batch->histogram_rows = {2};
    batch->histograms = {std::make_shared<model::Histogram>()};
    batch->exemplars = {{2, {1000, 1, {{"trace_id", "t"}}}}, {1, {1000, 1, {}}}};
    batch->metadata = {{"default", "b", model::MetricType::gauge, "", "B"},
                       {"other", "c", model::MetricType::gauge, "", ""}};
    b.put(batch);
    CHECK(b.receiver.all(3) == std::vector<std::string>{"__name__=b 1000=2", "__name__=b exemplar", "metadata"});
}

TEST_CASE("the remote_write section of a Prometheus configuration is read as Prometheus reads it") {
    std::vector<std::string> warnings;
    const auto got = parse_destinations(R"(
global: {scrape_interval: 1s}
scrape_configs: [{job_name: x}]
remote_write:
- url: http://Example.org:9090/api/v1/write
  remote_timeout: 5s
  headers: {X-Scope-OrgID: "t"}
  basic_auth: {username: u, password: "p:"}
  send_native_histograms: true
  metadata_config: {send: false}
  tls_config: {ca_file: /ca.pem, insecure_skip_verify: true}
  queue_config: {max_samples_per_send: 10, capacity: 2500, min_backoff: 1s, max_backoff: 1m}
- {url: "http://b", name: b, authorization: {credentials: abc}, protobuf_message: prometheus.WriteRequest}
)",
                                        warnings);
    REQUIRE_MESSAGE(got.ok(), (got.ok() ? "" : got.error().message));
    REQUIRE(got->size() == 2);
    const DestinationConfig& a = (*got)[0];
    CHECK(a.name == "Example.org_9090_api_v1_write");
    CHECK(a.timeout_ms == 5'000);
    CHECK(a.headers == std::vector<std::pair<std::string, std::string>>{{"X-Scope-OrgID", "t"},
                                                                        {"Authorization", "Basic dTpwOg=="}});
    CHECK(a.send_native_histograms);
    CHECK(a.tls.ca_file == "/ca.pem");
    CHECK(a.tls.skip_verify);
    CHECK_FALSE(a.send_metadata);
    CHECK(a.samples_per_send == 10);
    CHECK(a.max_backoff_ms == 60'000);
    CHECK((*got)[1].headers[0].second == "Bearer abc");
    CHECK(warnings == std::vector<std::string>{"line 12: capacity has no use here"});

    const auto failure = [&](const std::string& yaml) {
        const auto bad = parse_destinations("remote_write:\n" + yaml, warnings);
        return bad.ok() ? "" : bad.error().message;
    };
    CHECK(failure("- {name: x}") == "line 2: an entry of remote_write needs a url");
    CHECK(failure("- {url: 'http://a', colour: red}") == "line 2: colour is not a key of remote_write");
    CHECK(failure("- {url: 'ftp//a'}").find("not a URL") != std::string::npos);
    CHECK(failure("- {url: 'http://a', name: '../x'}").find("the name ../x must be") != std::string::npos);
    CHECK(failure("- {url: 'http://a'}\n- {url: 'http://a'}").find("stands twice") != std::string::npos);
    CHECK(failure("- {url: 'http://a', protobuf_message: io.prometheus.write.v2.Request}").find("protobuf_message") !=
          std::string::npos);
    CHECK(failure("- {url: 'http://a', write_relabel_configs: [{action: fly}]}").find("line 2") != std::string::npos);
    CHECK(parse_destinations("scrape_configs: []", warnings)->empty());
}

TEST_CASE("Retry-After is seconds or a date, and an answer's status decides") {
    CHECK(retry_after_ms("7", 0) == 7'000);
    CHECK(retry_after_ms("Sun, 06 Nov 1994 08:49:37 GMT", 784'111'770'000) == 7'000);
    CHECK(retry_after_ms("Sun, 06 Nov 1994 08:49:37 GMT", 884'111'770'000) == 0);
    CHECK_FALSE(retry_after_ms("soon", 0).has_value());
    CHECK(judge(204) == Verdict::taken);
    CHECK(judge(400) == Verdict::dropped);
    CHECK(judge(429) == Verdict::again);
    CHECK(judge(301) == Verdict::again);
    CHECK(judge(503) == Verdict::again);
}
