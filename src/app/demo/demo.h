#pragma once

#include "api/belfry/demo_control.h"
#include "app/demo/fleet.h"
#include "base/clock.h"
#include "catalog/catalog.h"
#include "catalog/changes.h"
#include "ingest/metric/writer.h"
#include "model/matcher.h"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>

namespace belfry::app {

/// Feeds the fleet into the metric writer: one hour at once, then every ten seconds. That it runs, since when, and
/// whether the hour is written is a setting of the catalog ("demo"), so a restart goes on where it was. One thread of
/// its own.
class Demo final : public api::DemoControl {
  public:
    struct Parts {
        Clock& clock;
        catalog::Catalog& catalog;
        catalog::Changes& changes;
        /// MetricWriter::write.
        std::function<Result<ingest::WriteOutcome>(const ingest::WireBatch&)> write;
        /// Removes every sample of the series that fit, of the default tenant; returns when nobody sees them any more.
        std::function<Status(const model::Matchers&)> erase;
    };
    explicit Demo(Parts parts);
    ~Demo() override;
    Demo(const Demo&) = delete;
    Demo& operator=(const Demo&) = delete;

    /// Goes on with what the catalog says. After the catalog has caught up with the log.
    void resume();
    /// Stops feeding; the setting stays.
    void stop();

    [[nodiscard]] api::DemoState state() const override;
    /// The first samples are written before it returns, so that a refusal reaches who asked.
    [[nodiscard]] Status start(std::string_view by) override;
    [[nodiscard]] Status remove(std::string_view by) override;

    static constexpr int64_t RETRY_MS = 1'000;  // after a refusal that may pass

  private:
    struct Run;
    void launch(int64_t since_ms, bool filled);
    /// What was running, or null.
    [[nodiscard]] std::shared_ptr<Run> halt();
    void feed(Run& run);
    [[nodiscard]] bool fill_history(Run& run);
    enum class Metadata { no, yes };
    [[nodiscard]] Status write(const Fleet& fleet, int64_t from_ms, int64_t to_ms, Metadata metadata);
    [[nodiscard]] Status erase();
    [[nodiscard]] bool wait(Run& run, int64_t ms);

    Parts parts_;
    std::mutex control_mutex_;  // one start, remove, resume or stop at a time
    mutable std::mutex mutex_;  // guards run_ and every Run's stopping
    std::shared_ptr<Run> run_;  // null: not running
};

}  // namespace belfry::app
