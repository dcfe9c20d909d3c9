#pragma once

#include "base/clock.h"
#include "base/yaml.h"
#include "ingest/agent/measurement.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::ingest::agent {

/// One check of one thing. Runs on a thread of its own, again and again; ends by its own timeout wherever it waits for
/// others.
class Check {
  public:
    virtual ~Check() = default;
    /// Appends what it found. A thing that does not answer is a finding; an error says that nothing could be found out.
    [[nodiscard]] virtual Status run(Measurements& out) = 0;
};

/// One entry of `instances`, with what `init_config` says for all.
struct CheckInstance {
    std::string plugin;  // "http_check"
    std::string place;   // "checks.yaml:12", for messages
    int64_t period_ms = 0;
    YamlNode init_config;
    YamlNode fields;
};

struct CheckContext {
    Clock& clock;  // outlives the checks
    std::string hostname;
    int64_t period_ms = 30'000;  // without collect_period
    uint64_t files_max = 100'000;
};

struct ScheduledCheck {
    std::string plugin;
    std::string place;
    int64_t period_ms = 0;
    std::unique_ptr<Check> check;
};

/// A file of checks in the form of monasca-agent's conf.d: `init_config` and `instances` of the plugin that the file is
/// named after, or, in one file for all, a map of plugin -> these two. Errors name the line.
[[nodiscard]] Result<std::vector<CheckInstance>> parse_checks(std::string_view text,
                                                              std::string_view file_name,
                                                              const CheckContext& context);
/// `invalid` when a needed field is missing or of a wrong kind.
[[nodiscard]] Result<ScheduledCheck> make_check(const CheckInstance& instance, const CheckContext& context);

/// Reads fields of an instance; what is wrong is told with its place.
class Fields {
  public:
    Fields(const CheckInstance& instance, const CheckContext& context) : instance_(instance), context_(context) {}
    [[nodiscard]] Result<std::string> needed(std::string_view name) const;
    [[nodiscard]] Result<std::string> text(std::string_view name, std::string_view fallback) const;
    [[nodiscard]] Result<bool> flag(std::string_view name, bool fallback) const;
    /// Seconds with a fraction, > 0, at most an hour; of the instance, else of init_config.
    [[nodiscard]] Result<int64_t> timeout_ms(std::string_view name, int64_t fallback_ms) const;
    [[nodiscard]] Result<int64_t> integer(std::string_view name, int64_t fallback) const;
    [[nodiscard]] Result<std::vector<std::string>> list(std::string_view name) const;
    [[nodiscard]] Result<Dimensions> map(std::string_view name) const;
    /// hostname, `dimensions` of the instance, and what the check adds.
    [[nodiscard]] Result<Dimensions> dimensions(Dimensions own = {}) const;
    [[nodiscard]] Error wrong(std::string_view name, std::string_view what) const;
    [[nodiscard]] const CheckContext& context() const { return context_; }

  private:
    [[nodiscard]] const YamlNode* find(std::string_view name) const;
    const CheckInstance& instance_;
    const CheckContext& context_;
};

// By what they look at, one file each.
[[nodiscard]] Result<std::unique_ptr<Check>> make_http_check(const Fields& fields);
[[nodiscard]] Result<std::unique_ptr<Check>> make_prometheus_check(const Fields& fields);
[[nodiscard]] Result<std::unique_ptr<Check>> make_cert_check(const Fields& fields);
[[nodiscard]] Result<std::unique_ptr<Check>> make_tcp_check(const Fields& fields);
[[nodiscard]] Result<std::unique_ptr<Check>> make_host_alive(const Fields& fields);
[[nodiscard]] Result<std::unique_ptr<Check>> make_ntp_check(const Fields& fields);
[[nodiscard]] Result<std::unique_ptr<Check>> make_process_check(const Fields& fields);
[[nodiscard]] Result<std::unique_ptr<Check>> make_directory_check(const Fields& fields);
[[nodiscard]] Result<std::unique_ptr<Check>> make_file_size_check(const Fields& fields);

}  // namespace belfry::ingest::agent
