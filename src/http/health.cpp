#include "http/health.h"

#include "base/counter.h"
#include "http/message.h"
#include "http/router.h"

namespace belfry::http {
namespace {

Response text_response(int status, std::string body) {
    Response out;
    out.status = status;
    out.content_type = "text/plain; charset=utf-8";
    out.body = std::move(body);
    out.set_header("Cache-Control", "no-store");
    return out;
}

}  // namespace

void Readiness::hold(const std::string& part, std::string reason) {
    const std::lock_guard lock(mutex_);
    reasons_[part] = std::move(reason);
}

void Readiness::release(const std::string& part) {
    const std::lock_guard lock(mutex_);
    reasons_.erase(part);
}

std::vector<std::string> Readiness::reasons() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> out;
    for (const auto& [part, reason] : reasons_)
        out.push_back(part + ": " + reason);
    return out;
}

void add_health_routes(Router& router, const Readiness& readiness) {
    const auto healthy = [](const Request&) { return text_response(200, "Belfry is healthy.\n"); };
    const auto ready = [&readiness](const Request&) {
        const std::vector<std::string> reasons = readiness.reasons();
        if (reasons.empty()) return text_response(200, "Belfry is ready.\n");
        std::string body = "Belfry is not ready.\n";
        for (const std::string& reason : reasons)
            body += reason + "\n";
        return text_response(503, std::move(body));
    };
    for (const char* path : {"/-/healthy", "/health", "/livez"})
        router.add("GET", path, Access::open, healthy);
    for (const char* path : {"/-/ready", "/ready", "/readyz"})
        router.add("GET", path, Access::open, ready);
}

void add_own_metrics_route(Router& router) {
    router.add("GET", "/metrics", Access::read, [](const Request&) {
        Response out = text_response(200, expose_counters());
        out.content_type = "text/plain; version=0.0.4; charset=utf-8";
        return out;
    });
}

}  // namespace belfry::http
