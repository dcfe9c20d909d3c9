#include "app/app.h"
#include "base/log.h"

#include <sys/resource.h>
#include <unistd.h>
#include <csignal>

namespace belfry::app {
namespace {

// As many open files as the system lets us have: every idle agent is one.
void raise_file_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

sigset_t stop_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    return set;
}

LogLevel level_of(const std::string& name) {
    for (const LogLevel level : {LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error}) {
        if (to_string(level) == name) return level;
    }
    return LogLevel::info;
}

}  // namespace

int serve(const config::Loaded& loaded) {
    std::signal(SIGPIPE, SIG_IGN);
    raise_file_limit();
    set_log_level(level_of(loaded.config.server.log_level));
    set_log_json(loaded.config.server.log_format == "json");
    // Blocked before any thread exists, so that only sigwait below gets them.
    const sigset_t signals = stop_signals();
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    Result<std::unique_ptr<App>> app = App::start(loaded, system_clock());
    if (!app.ok()) {
        fmt::print(stderr, "belfry: {}\n", app.error().message);
        return 2;
    }
    for (const std::string& line : (*app)->greeting())
        fmt::print("{}\n", line);
    std::fflush(stdout);

    int signal = 0;
    while (::sigwait(&signals, &signal) != 0 || signal == SIGHUP) {
        const Status done = (*app)->reload();
        log_info("app", done.ok() ? "reloaded" : "not reloaded", {{"error", done.ok() ? "" : done.error().message}});
    }
    log_info("app", "stopping", {{"signal", signal}});
    // A second signal ends the process at once: everything acknowledged is in the log.
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
    (*app)->stop();
    return 0;
}

}  // namespace belfry::app
