#include "app/app.h"

#include "app/parts.h"
#include "base/log.h"
#include "base/number.h"
#include "base/version.h"

namespace belfry::app {
namespace {

constexpr std::string_view ADMIN = "admin";

}  // namespace

Result<std::unique_ptr<App>> App::start(const config::Loaded& loaded, Clock& clock) {
    DataDir data = TRY(DataDir::hold(real_file_system(), loaded.config.server.data_dir));
    std::unique_ptr<App> app(new App);
    app->parts_ = std::make_unique<Parts>(loaded, clock, std::move(data));
    Parts& parts = *app->parts_;
    parts.readiness.hold("log", "what was accepted before the last stop is being read");
    TRY(parts.open_stores());
    TRY(parts.open_ways_in());
    parts.open_desk();
    parts.open_queries();
    TRY(parts.open_monasca());
    TRY(parts.open_ways_out());
    TRY(parts.open_front_door());
    parts.start_clockwork();
    parts.replay = std::thread([&parts] { parts.replay_log(); });
    return app;
}

App::~App() {
    if (parts_) parts_->stop();
}

Status App::reload() {
    return parts_->reload();
}

void App::stop() {
    parts_->stop();
}

std::vector<std::string> App::greeting() const {
    const Parts& p = *parts_;
    std::vector<std::string> out;
    out.push_back(fmt::format("Belfry {} on {}", VERSION, p.facts.node));
    const std::string base = "http://" + p.facts.address + "/";
    std::string link = base;
    if (!p.authenticator->off()) {
        const Result<std::string> token = p.sessions->make_login_token(std::string(ADMIN));
        if (token.ok())
            link += "#t=" + *token;
        else
            log_warn("app", "no login link could be made", {{"error", token.error().message}});
    }
    out.push_back(fmt::format("  open      {}", link));
    if (!p.authenticator->off()) {
        out.push_back(fmt::format("            the link works once, for {}; `belfry open` makes another",
                                  format_duration_ms(p.config.catalog.login_token_ms)));
    }
    out.push_back(fmt::format("  data      {} (metrics kept {})", p.data.path(),
                              format_duration_ms(p.config.metric_store.retention_ms)));
    out.push_back(fmt::format(
        "  receives  Prometheus remote write at {}api/v1/write, text at {}api/v1/import/prometheus", base, base));
    std::string otlp;
    std::string busy;
    for (const api::ServerFacts::Alias& alias : p.facts.aliases) {
        if (alias.error.empty() && alias.address.find('/') == std::string::npos)
            otlp += (otlp.empty() ? "" : ", ") + alias.address;
        else if (!alias.error.empty())
            busy += (busy.empty() ? "" : "; ") + alias.error;
    }
    out.push_back(fmt::format("            OpenTelemetry, HTTP and gRPC, at {}{}", p.facts.address,
                              otlp.empty() ? "" : ", " + otlp));
    if (!busy.empty()) out.push_back(fmt::format("            not opened: {}", busy));
    for (const ingest::ReceiverSnapshot& receiver : p.receivers->snapshot()) {
        const bool has_ports = receiver.id == "statsd" || receiver.id == "graphite";
        if (has_ports && receiver.listens_on != "off")
            out.push_back(fmt::format("            {} at {}", receiver.title, receiver.listens_on));
    }
    out.push_back(fmt::format("  answers   Prometheus' HTTP API at {} (a Grafana data source, promtool)", base));
    out.push_back("  Ctrl-C stops. Nothing leaves this machine.");
    return out;
}

}  // namespace belfry::app
