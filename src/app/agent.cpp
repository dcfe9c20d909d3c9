// Checks and Monasca's system metrics, as a part of the server.
#include "app/agent_checks.h"
#include "app/parts.h"
#include "base/log.h"
#include "ingest/agent/system_metrics.h"
#include "ingest/http_answer.h"

namespace belfry::app {
namespace {

using namespace ingest::agent;

constexpr uint64_t FILE_BYTES_MAX = 4 << 20;

std::vector<std::string> check_files(const AgentConfig& config) {
    std::vector<std::string> out;
    if (!config.checks_file.empty()) out.push_back(config.checks_file);
    if (config.checks_dir.empty()) return out;
    const auto names = real_file_system().list(config.checks_dir);
    if (!names.ok()) return {config.checks_dir + "/"};  // its reader says what is wrong
    for (const std::string& name : *names)
        if (name.ends_with(".yaml") || name.ends_with(".yml")) out.push_back(config.checks_dir + "/" + name);
    return out;
}

}  // namespace

Result<std::vector<ScheduledCheck>> load_checks(const AgentConfig& config, Clock& clock) {
    const CheckContext context{.clock = clock,
                               .hostname = config.hostname.empty() ? node_name() : config.hostname,
                               .period_ms = config.interval_ms,
                               .files_max = config.files_max};
    std::vector<ScheduledCheck> out;
    if (config.system_metrics)
        out.push_back(
            {"system", "agent.system_metrics", config.interval_ms, make_system_check(clock, context.hostname, "")});
    for (const std::string& path : check_files(config)) {
        const std::string text = TRY(read_file(real_file_system(), path, FILE_BYTES_MAX).context("checks"));
        for (const CheckInstance& instance : TRY(parse_checks(text, path, context)))
            out.push_back(TRY(make_check(instance, context)));
    }
    if (out.size() > config.checks_max)
        return make_error(Code::exhausted, "{} checks are configured, the limit is {} (agent.checks_max)", out.size(),
                          config.checks_max);
    return out;
}

Status App::Parts::open_checks() {
    ingest::ReceiverStats& stats = receivers->add("agent", "Checks", "");
    auto sink = [this, &stats](const std::string& plugin, Measurements measurements) {
        ingest::WireBatch batch;
        std::deque<std::string> storage;
        to_batch(measurements, batch, storage);
        const auto outcome = writer->write(batch, "agent");
        if (!outcome.ok()) return stats.refused("not_written", measurements.size(), outcome.error().message, plugin);
        ingest::report_refusals(*outcome, stats);
        stats.accepted(measurements.size() - outcome->rejected_samples, 0, plugin);
    };
    checks = std::make_unique<CheckRunner>(clock, TRY(load_checks(config.agent, clock)), std::move(sink));
    return {};
}

}  // namespace belfry::app
