#include "api/monasca/monasca_api.h"

#include "http/titled_error.h"

namespace belfry::api::monasca {

using http::Access;

const MonascaApi::Entry MonascaApi::ENTRIES[] = {
    {"GET", "", Access::open, &MonascaApi::versions},
    {"GET", "/v2.0", Access::open, &MonascaApi::version},
    {"GET", "/healthcheck", Access::open, &MonascaApi::health},
    {"GET", "/v2.0/metrics", Access::read, &MonascaApi::metrics},
    {"GET", "/v2.0/metrics/names", Access::read, &MonascaApi::names},
    {"GET", "/v2.0/metrics/dimensions/names", Access::read, &MonascaApi::dimension_names},
    {"GET", "/v2.0/metrics/dimensions/names/values", Access::read, &MonascaApi::dimension_values},
    {"GET", "/v2.0/metrics/measurements", Access::read, &MonascaApi::measurements},
    {"GET", "/v2.0/metrics/statistics", Access::read, &MonascaApi::statistics},
};

http::Response error_answer(const Error& error) {
    return error.code == Code::exhausted ? http::titled_error(422, error.message) : http::titled_error(error);
}

void add_route(http::Router& router,
               std::string_view method,
               std::string_view path,
               http::Access access,
               std::function<Result<http::Response>(const http::Request&)> handler) {
    const auto run = [handler = std::move(handler)](const http::Request& request) {
        auto answer = handler(request);
        return answer ? *std::move(answer) : error_answer(answer.error());
    };
    for (const std::string_view end : {"", "/"})
        router.add(std::string(method), fmt::format("/monasca{}{}", path, end), access, run, {.plain_body = true});
}

void MonascaApi::add_routes(http::Router& router) {
    for (const Entry& entry : ENTRIES)
        add_route(router, entry.method, entry.path, entry.access,
                  [this, handler = entry.handler](const http::Request& request) { return (this->*handler)(request); });
    router.reword_refusals("/monasca", http::retitled);
}

std::string metric_id(std::string_view name, model::LabelsView labels) {
    std::string bytes(name);
    bytes += '\0';
    bytes += labels.bytes();
    const Hash128 hash = hash128(bytes);
    return fmt::format("{:016x}{:016x}", hash.high, hash.low);
}

}  // namespace belfry::api::monasca
