#include "api/belfry/backtest.h"

#include "base/json.h"

namespace belfry::api {
namespace {

Result<alarm::BacktestRequest> read_request(const http::Request& request) {
    const JsonView body = TRY(JsonView::parse(request.body));
    if (!body.is_object())
        return make_error(Code::invalid, "a back-test is {{\"language\",\"expression\",\"from_ms\",\"to_ms\",...}}");
    const catalog::Document document{.kind = std::string(catalog::ALARM_DEFINITION),
                                     .id = "backtest",
                                     .tenant = request.identity.tenant,
                                     .name = "backtest",
                                     .json = request.body};
    auto definition = catalog::read_alarm_definition(document);
    if (!definition.ok())
        return make_error(Code::invalid,
                          "language is monasca or promql, expression is not empty, severity and no_data "
                          "are as in a definition");
    alarm::BacktestRequest out;
    out.definition = std::move(*definition);
    const auto from_ms = body.get("from_ms").as_int();
    const auto to_ms = body.get("to_ms").as_int();
    if (!from_ms || !to_ms) return make_error(Code::invalid, "from_ms and to_ms are milliseconds since 1970");
    out.range = {.from_ms = *from_ms, .to_ms = *to_ms};
    const JsonView also = body.get("also");
    for (size_t i = 0; i < also.size(); ++i) {
        const auto threshold = also.at(i).as_double();
        if (!threshold) return make_error(Code::invalid, "also is a list of numbers");
        out.also.push_back(*threshold);
    }
    return out;
}

void write_run(JsonWriter& json, const alarm::BacktestRun& run) {
    json.begin_object().key("threshold");
    if (run.threshold)
        json.number(*run.threshold);
    else
        json.null();
    json.field("times", run.times()).field("rings", run.rings).field("total_ms", run.total_ms());
    json.key("segments").begin_array();
    for (const alarm::BacktestSegment& s : run.segments)
        json.begin_array()
            .integer(s.from_ms)
            .integer(s.to_ms)
            .string(model::to_string(s.state))
            .string(s.reason)
            .end_array();
    json.end_array().end_object();
}

http::Response play(const BacktestApi& api, const http::Request& request) {
    auto wish = read_request(request);
    if (!wish.ok()) return http::error_response(wish.error());
    wish->range.to_ms = std::min(wish->range.to_ms, api.clock.now_ms());
    query::Budget budget(api.limits, api.clock);
    budget.cancel_with(request.disconnected);
    const auto done = alarm::backtest(api.parts, *wish, budget);
    if (!done.ok()) return http::error_response(done.error());
    JsonWriter json;
    json.begin_object().field("from_ms", done->range.from_ms).field("to_ms", done->range.to_ms);
    json.field("series", done->series).field("alarms", done->alarms).field("complete", done->complete).key("why");
    if (done->complete)
        json.null();
    else
        json.string(done->why);
    json.key("runs").begin_array();
    for (const alarm::BacktestRun& run : done->runs)
        write_run(json, run);
    json.end_array().end_object();
    return http::json_response(json.take());
}

}  // namespace

void add_backtest_routes(http::Router& router, const BacktestApi& api) {
    router.add("POST", "/api/v1/belfry/alarm-definitions/backtest", http::Access::read,
               [api](const http::Request& request) { return play(api, request); });
}

}  // namespace belfry::api
