#include "api/prometheus/render.h"

#include "api/prometheus/parse_tree.h"
#include "base/json.h"
#include "query/promql/parser.h"

#include <doctest/doctest.h>

namespace belfry::api {
namespace {

std::string result_json(const promql::QueryResult& result, size_t limit = 0) {
    std::string out;
    append_result(out, result, limit);
    return out + "}";
}

promql::ResultSeries series(model::Labels labels, std::vector<int64_t> times_ms, std::vector<double> values) {
    promql::ResultSeries out;
    out.labels = std::move(labels);
    out.samples.times_ms = std::move(times_ms);
    out.samples.values = std::move(values);
    return out;
}

TEST_CASE("times are seconds with three digits when there is a fraction") {
    const auto text = [](int64_t ms) {
        std::string out;
        append_time(out, ms);
        return out;
    };
    CHECK(text(0) == "0");
    CHECK(text(1435781451781) == "1435781451.781");
    CHECK(text(1100) == "1.100");
    CHECK(text(7) == "0.007");
    CHECK(text(-1500) == "-1.500");
    CHECK(text(std::numeric_limits<int64_t>::min()) == "-9223372036854775.808");
}

TEST_CASE("results have the shapes of the Prometheus API") {
    promql::QueryResult result;
    result.kind = promql::QueryResult::Kind::vector;
    result.series.push_back(series({{"__name__", "up"}, {"job", "a\"b"}}, {1'000}, {1}));
    result.series.push_back(series({}, {1'500}, {std::numeric_limits<double>::quiet_NaN()}));
    CHECK(
        result_json(result) ==
        R"({"resultType":"vector","result":[{"metric":{"__name__":"up","job":"a\"b"},"value":[1,"1"]},{"metric":{},"value":[1.500,"NaN"]}]})");
    CHECK(result_json(result, 1) ==
          R"({"resultType":"vector","result":[{"metric":{"__name__":"up","job":"a\"b"},"value":[1,"1"]}]})");
    result.kind = promql::QueryResult::Kind::matrix;
    result.series = {series({{"a", "b"}}, {1'000, 2'000}, {0.1, -std::numeric_limits<double>::infinity()})};
    CHECK(result_json(result) ==
          R"({"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1,"0.1"],[2,"-Inf"]]}]})");
    result.kind = promql::QueryResult::Kind::scalar;
    result.time_ms = 1'001;
    result.scalar = 1e21;
    CHECK(result_json(result) == R"({"resultType":"scalar","result":[1.001,"1e+21"]})");
    result.kind = promql::QueryResult::Kind::string;
    result.string = "x\ny";
    CHECK(result_json(result) == R"({"resultType":"string","result":[1.001,"x\ny"]})");
}

TEST_CASE("native histograms show their buckets with bounds") {
    model::Histogram h;
    h.schema = 0;
    h.count = 12;
    h.sum = 18.5;
    h.zero_threshold = 0.001;
    h.zero_count = 2;
    h.positive_spans = {{0, 2}, {1, 1}};
    h.positive_buckets = {1, 0, 4};
    h.negative_spans = {{1, 1}};
    h.negative_buckets = {5};
    std::string out;
    append_histogram(out, h);
    CHECK(
        out ==
        R"({"count":"12","sum":"18.5","buckets":[[1,"-2","-1","5"],[3,"-0.001","0.001","2"],[0,"0.5","1","1"],[0,"4","8","4"]]})");
    h = {};
    h.schema = model::Histogram::CUSTOM_BOUNDS;
    h.count = 3;
    h.custom_bounds = {1, 5};
    h.positive_spans = {{0, 3}};
    h.positive_buckets = {1, 1, 1};
    out.clear();
    append_histogram(out, h);
    CHECK(out == R"({"count":"3","sum":"0","buckets":[[3,"-Inf","1","1"],[0,"1","5","1"],[0,"5","+Inf","1"]]})");
}

TEST_CASE("annotations beyond ten are counted") {
    Notes notes;
    for (int i = 0; i < 12; ++i)
        notes.warnings.push_back("w");
    notes.infos = {"i"};
    const auto parsed = JsonView::parse(success("[]", notes).body);
    REQUIRE(parsed);
    CHECK(parsed->get("warnings").size() == 11);
    CHECK(parsed->get("warnings").at(10).as_string() == "2 more warning annotations omitted");
    CHECK(parsed->get("infos").at(0).as_string() == "i");
    CHECK(success("1").body == R"({"status":"success","data":1})");
}

TEST_CASE("failed queries have Prometheus' statuses") {
    const auto answer = [](Code code) {
        const auto response = query_error(Error{code, "why"});
        return std::to_string(response.status) + " " + JsonView::parse(response.body)->string_or("errorType", "");
    };
    CHECK(answer(Code::invalid) == "400 bad_data");
    CHECK(answer(Code::internal) == "422 execution");
    CHECK(answer(Code::exhausted) == "422 execution");
    CHECK(answer(Code::timeout) == "503 timeout");
    CHECK(answer(Code::unavailable) == "503 canceled");
}

TEST_CASE("the tree of a query is valid JSON for every golden shape") {
    const auto expr = promql::parse(
        "sum by (a) (rate(x{b=~\"c\"}[5m] offset (step()*2))) + on (a) fill_left(1) -y @ end() > bool topk(1, "
        "z[1h:5m])");
    REQUIRE_FALSE(expr.ok());  // a range vector in topk
    const auto good =
        promql::parse("sum by (a) (rate(x{b=~\"c\"}[5m] offset (step()*2))) + on (a) fill_left(1) -y @ end()");
    REQUIRE(good);
    const auto tree = JsonView::parse(parse_tree_json(**good));
    REQUIRE(tree);
    CHECK(tree->string_or("type", "") == "binaryExpr");
    CHECK(tree->get("matching").get("fillValues").double_or("lhs", 0) == 1);
    CHECK(tree->get("matching").get("fillValues").get("rhs").is_null());
    const auto rate = tree->get("lhs").get("expr");
    CHECK(rate.get("func").string_or("name", "") == "rate");
    CHECK(rate.get("args").at(0).int_or("range", 0) == 300'000);
    CHECK(rate.get("args").at(0).get("offsetExpr").string_or("op", "") == "*");
    CHECK(tree->get("rhs").get("expr").string_or("startOrEnd", "") == "end");
}

}  // namespace
}  // namespace belfry::api
