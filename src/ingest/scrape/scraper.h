#pragma once

#include "base/clock.h"
#include "ingest/receiver_stats.h"
#include "ingest/scrape/protobuf_exposition.h"
#include "ingest/scrape/target.h"

#include <atomic>
#include <string>
#include <string_view>

namespace belfry::ingest::scrape {

/// One scrape from the request to the samples in the log: asks, reads the answer, joins the labels, marks what has
/// ended, reports (`up` and its kin) and writes all of it as one batch. A scrape is taken whole or fails whole, as
/// Prometheus does. Any thread; one thread a target.
class Scraper {
  public:
    struct Parts {
        Clock& clock;
        const ScraperConfig& config;
        MetricSink sink;
        ReceiverStats& stats;
        int cancel_fd = -1;
    };
    explicit Scraper(Parts parts) : parts_(std::move(parts)) {}

    /// `time_ms` is the time of its samples.
    void scrape(Target& target, int64_t time_ms);
    /// Reads an answer as if the target had given it; what `scrape` does behind the request. Public for tests.
    void take(Target& target, int64_t time_ms, int64_t start_ns, const Result<http::FetchResponse>& answer);
    /// Marks every series of a target that is gone.
    void end_series(Target& target, int64_t time_ms);

    /// One exchange with a server as a job wants it; follows redirects. Used by HTTP discovery, too.
    [[nodiscard]] static Result<http::FetchResponse> ask(Clock& clock,
                                                         http::FetchConnection& connection,
                                                         const HttpAccess& access,
                                                         http::FetchRequest request,
                                                         int cancel_fd);

  private:
    class Session;
    struct InFlight;
    [[nodiscard]] Result<http::FetchResponse> fetch(Target& target, InFlight& held);

    const Parts parts_;
    MetadataPool metadata_;
    std::atomic<uint64_t> in_flight_bytes_{0};
};

/// Which form an answer has, by its content type or else the job's fallback.
[[nodiscard]] Result<Protocol> protocol_of_answer(std::string_view content_type, const JobConfig& job);

}  // namespace belfry::ingest::scrape
