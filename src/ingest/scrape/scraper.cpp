#include "ingest/scrape/scraper.h"

#include "base/number.h"
#include "codec/compress.h"
#include "codec/exposition.h"
#include "ingest/exposition/map.h"
#include "ingest/http_answer.h"
#include "ingest/scrape/created_times.h"
#include "ingest/scrape/stats.h"

namespace belfry::ingest::scrape {
namespace {

std::string status_text(int status) {
    static constexpr std::pair<int, std::string_view> KNOWN[] = {
        {400, "Bad Request"}, {401, "Unauthorized"},   {403, "Forbidden"},         {404, "Not Found"},
        {405, "Not Allowed"}, {406, "Not Acceptable"}, {429, "Too Many Requests"}, {500, "Internal Server Error"},
        {502, "Bad Gateway"}, {503, "Unavailable"},    {504, "Gateway Timeout"},
    };
    for (const auto& [code, text] : KNOWN)
        if (code == status) return fmt::format("{} {}", status, text);
    return std::to_string(status);
}

// Seconds since the epoch; 0 for what is no time.
int64_t created_ms(double seconds) {
    return std::isfinite(seconds) && seconds > 0 && seconds < 1e11 ? std::llround(seconds * 1000) : 0;
}

}  // namespace

std::shared_ptr<const model::MetricMetadata> MetadataPool::share(model::MetricMetadata metadata) {
    const std::string key =
        fmt::format("{}\n{}\n{}\n{}", metadata.name, static_cast<int>(metadata.type), metadata.unit, metadata.help);
    const std::lock_guard lock(mutex_);
    std::weak_ptr<const model::MetricMetadata>& known = known_[key];
    if (auto shared = known.lock()) return shared;
    auto made = std::make_shared<const model::MetricMetadata>(std::move(metadata));
    known = made;
    if (known_.size() > sweep_at_) {
        std::erase_if(known_, [](const auto& entry) { return entry.second.expired(); });
        sweep_at_ = std::max<size_t>(1'024, 2 * known_.size());
    }
    return made;
}

/// Bytes of one answer in the sum of all; given back at the end.
struct Scraper::InFlight {
    std::atomic<uint64_t>& sum;
    const uint64_t sum_max;
    uint64_t held = 0;

    bool grow(size_t more) {
        if (sum.fetch_add(more) + more > sum_max) {
            sum.fetch_sub(more);
            return false;
        }
        held += more;
        body_bytes_now.set(static_cast<double>(sum.load(std::memory_order_relaxed)));
        return true;
    }
    ~InFlight() {
        sum.fetch_sub(held);
        body_bytes_now.set(static_cast<double>(sum.load(std::memory_order_relaxed)));
    }
};

/// One answer on its way into a batch.
class Scraper::Session {
  public:
    Session(Target& target, MetadataPool& pool, int64_t time_ms) : target_(target), pool_(pool), time_ms_(time_ms) {
        target.cache.begin();
        batch.decoder = &target.decoder;
        old_metadata_ = [&target] {
            const std::lock_guard lock(target.mutex);
            return target.metadata;
        }();
    }

    WireBatch batch;
    uint64_t exposed = 0;  // samples in the answer
    uint64_t kept = 0;     // after relabelling
    uint64_t added = 0;    // series not seen before

    Status read(Protocol protocol, std::string_view body) {
        Status status = protocol == Protocol::protobuf ? read_protobuf(body)
                                                       : read_text(body, protocol == Protocol::open_metrics_1_0 ||
                                                                             protocol == Protocol::open_metrics_0_0_1);
        if (status.ok()) flush_family();
        return status;
    }

    void mark_ended() {
        target_.cache.end([this](std::string_view text) { mark(text); });
    }
    /// The answer failed: what was read of it does not count.
    void fail() {
        batch.clear();
        batch.decoder = &target_.decoder;
        target_.cache.end_all([this](std::string_view text) { mark(text); });
    }
    void report(std::string_view name, double value) {
        std::string& text = reports_.emplace_back(1, TargetLabels::REPORT);
        text += name;
        batch.add_series(text);
        batch.add_sample(time_ms_, value);
    }
    /// Metadata that the target did not show last time is written; the list is kept for the target page.
    void publish_metadata() {
        bool same = old_metadata_->size() == metadata_.size();
        for (size_t i = 0; same && i < metadata_.size(); i++)
            same = (*old_metadata_)[i] == metadata_[i];
        if (same) return;
        const std::set<const model::MetricMetadata*> before = [this] {
            std::set<const model::MetricMetadata*> out;
            for (const auto& m : *old_metadata_)
                out.insert(m.get());
            return out;
        }();
        for (const auto& m : metadata_)
            if (!before.contains(m.get())) batch.metadata.push_back(*m);
        const std::lock_guard lock(target_.mutex);
        target_.metadata = std::make_shared<const MetadataList>(std::move(metadata_));
    }

  private:
    void mark(std::string_view text) {
        batch.add_series(ended_.emplace_back(text));
        batch.add_sample(time_ms_, model::stale_nan());
        markers_written.add();
    }

    Status read_text(std::string_view body, bool open_metrics) {
        codec::ExpositionParser parser(
            body, open_metrics ? codec::ExpositionFormat::open_metrics : codec::ExpositionFormat::text);
        bool saw_end = false;
        ExposedSample sample;
        while (true) {
            parser.expect(target_.cache.predicted());
            Result<std::optional<codec::ExpositionLine>> read = parser.next();
            if (!read.ok()) return std::move(read).error();
            if (!read->has_value()) break;
            const codec::ExpositionLine& line = **read;
            if (line.kind == codec::ExpositionLine::Kind::eof) {
                saw_end = true;
                continue;
            }
            if (line.kind != codec::ExpositionLine::Kind::sample) {
                describe(line);
                continue;
            }
            sample.series = line.series;
            sample.value = line.value;
            sample.time_ms = line.time_ms;
            if (line.has_exemplar) {
                labels_.clear();
                arena_.clear();
                if (Status status = codec::decode_exemplar_labels(line.exemplar_labels, labels_, arena_); !status.ok())
                    return status;
                sample.exemplars.push_back({.time_ms = line.exemplar_time_ms.value_or(0),
                                            .value = line.exemplar_value,
                                            .labels = model::Labels::from(labels_)});
            }
            if (Status status = take(sample); !status.ok())
                return std::move(status).error().context("line {}", parser.line_number());
            if (open_metrics) note_created(sample);
            sample.exemplars.clear();
        }
        if (open_metrics && !saw_end)
            return make_error(Code::corrupt, "OpenMetrics text ends without # EOF: it may be torn");
        return {};
    }

    Status read_protobuf(std::string_view body) {
        const ProtobufOptions options{.native_histograms = target_.job->native_histograms,
                                      .classic_histograms = target_.job->classic_histograms};
        return walk_protobuf_exposition(
            body, options,
            [this](const model::MetricMetadata& family) -> Status {
                flush_family();
                family_ = family;
                return {};
            },
            [this](ExposedSample& sample) { return take(sample); });
    }

    // Behind `take`: the sample is the batch's last row, unless it was dropped or stood twice.
    void note_created(const ExposedSample& sample) {
        const auto rows = static_cast<uint32_t>(batch.samples.size());
        const bool grown = rows != std::exchange(rows_seen_, rows);
        if (CreatedTimes::is_created(sample.series, family_.name, family_.type))
            created_.created(sample.series, created_ms(sample.value), batch);
        else if (grown)
            created_.add(rows - 1, sample.series);
    }

    void describe(const codec::ExpositionLine& line) {
        if (line.name != family_.name) {
            flush_family();
            created_.begin_family();
            family_.name = line.name;
        }
        exposition::describe(family_, line);
    }

    void flush_family() {
        if (family_.name.empty()) return;
        const size_t at = metadata_.size();
        if (at < old_metadata_->size() && *(*old_metadata_)[at] == family_)
            metadata_.push_back((*old_metadata_)[at]);
        else
            metadata_.push_back(pool_.share(std::move(family_)));
        family_ = {};
    }

    Status check_limits(const model::Labels& labels) const {
        const JobLimits& limits = target_.job->limits;
        if (limits.labels == 0 && limits.label_name_bytes == 0 && limits.label_value_bytes == 0) return {};
        if (limits.labels > 0 && labels.view().count() > limits.labels)
            return make_error(Code::exhausted, "label_limit: {} has more than {} labels", labels.to_string(),
                              limits.labels);
        for (const model::Label& label : labels.view()) {
            if (limits.label_name_bytes > 0 && label.name.size() > limits.label_name_bytes)
                return make_error(Code::exhausted, "label_name_length_limit: {} is longer than {} bytes", label.name,
                                  limits.label_name_bytes);
            if (limits.label_value_bytes > 0 && label.value.size() > limits.label_value_bytes)
                return make_error(Code::exhausted, "label_value_length_limit: the value of {} is longer than {} bytes",
                                  label.name, limits.label_value_bytes);
        }
        return {};
    }

    Status take(ExposedSample& sample) {
        exposed++;
        SeriesCache& cache = target_.cache;
        uint32_t place = cache.find(sample.series);
        if (place == SeriesCache::NONE) {
            const model::Labels labels = TRY(target_.decoder.labels_of(sample.series));
            if (labels.empty()) {
                place = cache.add_dropped(sample.series);
            } else {
                if (Status status = check_limits(labels); !status.ok()) return status;
                place = cache.add(sample.series, labels.view().hash());
                added++;
            }
        }
        if (cache.is_dropped(place)) return {};
        const JobConfig& job = *target_.job;
        if (!job.honor_timestamps) sample.time_ms.reset();
        const bool timed = sample.time_ms.has_value();
        const int64_t time_ms = sample.time_ms.value_or(time_ms_);
        if (!cache.see(place, !timed || job.track_timestamps_staleness) && !timed) {
            samples_duplicate.add();
            return {};
        }
        kept++;
        if (job.limits.samples > 0 && kept > job.limits.samples)
            return make_error(Code::exhausted, "sample_limit: the answer has more than {} samples", job.limits.samples);
        if (sample.histogram && job.limits.native_buckets > 0 &&
            sample.histogram->bucket_count() > job.limits.native_buckets)
            return make_error(Code::exhausted, "native_histogram_bucket_limit: {} has {} buckets", sample.series,
                              sample.histogram->bucket_count());
        batch.add_series(cache.text(place));
        if (sample.histogram)
            batch.add_histogram(time_ms, sample.histogram);
        else
            batch.add_sample(time_ms, sample.value);
        batch.set_start_time(sample.start_ms);
        for (model::Exemplar& exemplar : sample.exemplars) {
            if (exemplar.time_ms == 0) exemplar.time_ms = time_ms;
            batch.add_exemplar(std::move(exemplar));
        }
        return {};
    }

    Target& target_;
    MetadataPool& pool_;
    const int64_t time_ms_;
    std::shared_ptr<const MetadataList> old_metadata_;
    MetadataList metadata_;
    model::MetricMetadata family_;
    CreatedTimes created_;
    uint32_t rows_seen_ = 0;
    std::deque<std::string> reports_;
    std::deque<std::string> ended_;  // the cache may forget their texts
    std::vector<model::Label> labels_;
    std::vector<std::string> arena_;
};

Result<http::FetchResponse> Scraper::fetch(Target& target, InFlight& held) {
    const JobConfig& job = *target.job;
    if (!target.connection) {
        auto tls = target.plan.server.scheme == "https" ? std::make_shared<http::TlsClient>(job.access.tls) : nullptr;
        target.connection =
            std::make_unique<http::FetchConnection>(parts_.clock, target.plan.server, std::move(tls), parts_.cancel_fd);
    }
    const uint64_t own_max = parts_.config.body_bytes_max;
    const uint64_t body_max = job.limits.body_bytes == 0 ? own_max : std::min(own_max, job.limits.body_bytes);
    const char* key = body_max == own_max ? "scrape.body_bytes_max" : "body_size_limit";
    http::FetchRequest request{.method = "GET",
                               .target = target.plan.path_and_query,
                               .headers = {{"Accept", accept_header(job)},
                                           {"Accept-Encoding", job.compression ? "gzip" : "identity"},
                                           {"X-Prometheus-Scrape-Timeout-Seconds",
                                            format_double(static_cast<double>(target.plan.timeout_ms) / 1000)}},
                               .body = {},
                               .timeout_ms = target.plan.timeout_ms,
                               .connect_timeout_ms = target.plan.timeout_ms,
                               .body_bytes_max = body_max,
                               .may_grow = [&held](size_t more) { return held.grow(more); },
                               .receive = {}};
    Result<http::FetchResponse> answer =
        ask(parts_.clock, *target.connection, job.access, std::move(request), parts_.cancel_fd);
    if (!answer.ok()) {
        if (answer.error().code == Code::exhausted)
            return std::move(answer).error().context("{} or scrape.in_flight_bytes_max", key);
        return answer;
    }
    if (answer->status != 200)
        return make_error(Code::unavailable, "the server answered HTTP status {}", status_text(answer->status));
    const std::string_view encoding = answer->header("content-encoding");
    const std::optional<codec::Coding> coding = codec::coding_from_name(encoding);
    if (!coding) return make_error(Code::invalid, "Content-Encoding {} is not known", encoding);
    if (*coding != codec::Coding::identity) {
        Result<std::string> plain = codec::decompress(*coding, answer->body, {.bytes_max = body_max});
        if (!plain.ok()) return std::move(plain).error().context("{}: Content-Encoding {}", key, encoding);
        if (!held.grow(plain->size()))
            return make_error(Code::exhausted,
                              "scrape.in_flight_bytes_max: too many answers are held at the same time");
        answer->body = std::move(plain).value();
    }
    return answer;
}

void Scraper::scrape(Target& target, int64_t time_ms) {
    const int64_t start_ns = parts_.clock.monotonic_ns();
    InFlight held{in_flight_bytes_, parts_.config.in_flight_bytes_max};
    take(target, time_ms, start_ns, fetch(target, held));
}

void Scraper::take(Target& target, int64_t time_ms, int64_t start_ns, const Result<http::FetchResponse>& answer) {
    Session session(target, metadata_, time_ms);
    std::optional<Error> error;
    uint64_t body_bytes = 0;
    std::string content_type;
    if (answer.ok()) {
        body_bytes = answer->body.size();
        content_type = answer->header("content-type");
        Result<Protocol> protocol = protocol_of_answer(content_type, *target.job);
        Status read = protocol.ok() ? session.read(*protocol, answer->body) : Status(protocol.error());
        if (!read.ok()) error = std::move(read).error();
    } else {
        error = answer.error();
    }
    if (error) {
        session.fail();
    } else {
        session.mark_ended();
        session.publish_metadata();
    }
    const double duration_s = static_cast<double>(parts_.clock.monotonic_ns() - start_ns) / 1e9;
    const bool over_limit = error && error->code == Code::exhausted;
    session.report("up", error ? 0 : 1);
    session.report("scrape_duration_seconds", duration_s);
    session.report("scrape_samples_scraped", static_cast<double>(session.exposed));
    session.report("scrape_samples_post_metric_relabeling", static_cast<double>(session.kept));
    session.report("scrape_series_added", static_cast<double>(session.added));
    session.report("scrape_timeout_seconds", static_cast<double>(target.plan.timeout_ms) / 1000);
    session.report("scrape_sample_limit", static_cast<double>(target.job->limits.samples));
    session.report("scrape_body_size_bytes", over_limit ? -1 : static_cast<double>(body_bytes));

    const std::string sender = target.plan.server.authority();
    const Result<WriteOutcome> written = parts_.sink(session.batch);
    if (!error) target.cache.forget();
    std::string shown = error ? error->message : "";
    if (!written.ok()) {
        // The next scrape writes the series' new values; markers that were lost with this one are not repeated.
        parts_.stats.refused(refusal_reason(written.error()), session.batch.samples.size(), written.error().message,
                             sender);
        shown = "scraped, but not stored: " + written.error().message;
    } else {
        if (written->accepted_samples > 0) parts_.stats.accepted(written->accepted_samples, body_bytes, sender);
        report_refusals(*written, parts_.stats);
        if (shown.empty() && written->rejected_samples > 0)
            shown =
                fmt::format("{} samples were refused, first: {}", written->rejected_samples, written->first_message);
    }
    if (error) parts_.stats.refused("scrape_failed", 1, fmt::format("{}: {}", target.plan.url(), error->message), "");
    scrapes.at({error ? "failed" : written.ok() ? "stored" : "not_stored"}).add();
    scrape_seconds.observe_ns(parts_.clock.monotonic_ns() - start_ns);
    const std::lock_guard lock(target.mutex);
    target.state = {.health = error ? Health::down : Health::up,
                    .last_error = std::move(shown),
                    .last_scrape_ms = time_ms,
                    .last_duration_s = duration_s,
                    .samples = session.exposed,
                    .series = target.cache.live_count(),
                    .body_bytes = body_bytes,
                    .content_type = std::move(content_type)};
}

void Scraper::end_series(Target& target, int64_t time_ms) {
    Session session(target, metadata_, time_ms);
    session.fail();
    const double ended = model::stale_nan();
    for (const char* name :
         {"up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling",
          "scrape_series_added", "scrape_timeout_seconds", "scrape_sample_limit", "scrape_body_size_bytes"})
        session.report(name, ended);
    if (const Result<WriteOutcome> written = parts_.sink(session.batch); !written.ok())
        parts_.stats.refused(refusal_reason(written.error()), session.batch.samples.size(), written.error().message,
                             "");
}

}  // namespace belfry::ingest::scrape
