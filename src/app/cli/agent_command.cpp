// `belfry agent`: this host and its checks, reported elsewhere, without a server.
#include "app/agent_checks.h"
#include "app/cli/commands.h"
#include "config/load.h"
#include "ingest/agent/runner.h"
#include "ingest/agent/sender.h"

#include <csignal>

namespace belfry::app {
namespace {

using namespace ingest::agent;

std::string environment(const char* name, const char* fallback = "") {
    const char* value = std::getenv(name);
    return value == nullptr || *value == '\0' ? fallback : value;
}

Result<SenderConfig> sender_config(const config::CommandLine& line, const AgentConfig& agent) {
    SenderConfig out{.url = line.to, .key = line.key};
    while (out.url.ends_with('/'))
        out.url.pop_back();
    if (TRY(http::parse_url(out.url)).path.empty()) out.url += "/monasca/v2.0";  // a Belfry's address
    out.backlog_bytes_max = agent.backlog_bytes_max;
    out.batch_max = agent.batch_max;
    out.auth_url = environment("OS_AUTH_URL");
    if (!out.key.empty() || out.auth_url.empty()) return out;
    while (out.auth_url.ends_with('/'))
        out.auth_url.pop_back();
    out.user = environment("OS_USERNAME");
    out.password = environment("OS_PASSWORD");
    out.project = environment("OS_PROJECT_NAME");
    out.user_domain = environment("OS_USER_DOMAIN_NAME", "Default");
    out.project_domain = environment("OS_PROJECT_DOMAIN_NAME", "Default");
    if (out.user.empty() || out.password.empty() || out.project.empty())
        return make_error(Code::invalid, "OS_AUTH_URL needs OS_USERNAME, OS_PASSWORD and OS_PROJECT_NAME beside it");
    return out;
}

}  // namespace

Outcome agent_command(const config::CommandLine& line) {
    // before any thread is made, so that all of them leave these to sigwait
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    auto loaded =
        config::load({.file = line.config_file, .environment = config::process_environment(), .flags = line.overrides});
    if (!loaded.ok()) return failed(loaded.error());
    AgentConfig agent = loaded->config.agent;
    agent.system_metrics = true;
    const auto to = sender_config(line, agent);
    if (!to.ok()) return failed(to.error());
    auto checks = load_checks(agent, system_clock());
    if (!checks.ok()) return failed(checks.error());
    auto sender = Sender::open(*to, system_clock());
    if (!sender.ok()) return failed(sender.error());
    CheckRunner runner(system_clock(), *std::move(checks),
                       [raw = sender->get()](const std::string&, Measurements found) { raw->add(std::move(found)); });
    runner.start();
    int signal = 0;
    sigwait(&signals, &signal);
    runner.stop();
    (*sender)->stop();
    const Sender::Totals totals = (*sender)->totals();
    return {.status = 0,
            .out = fmt::format("belfry agent: {} metrics sent, {} refused, {} dropped\n", totals.sent, totals.refused,
                               totals.dropped),
            .err = {}};
}

}  // namespace belfry::app
