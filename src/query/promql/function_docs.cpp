#include "query/promql/function_docs.h"

#include "query/promql/ast.h"

namespace belfry::promql {
namespace {

struct AggregationHelp {
    AggregateOp op;
    std::string_view param;  // "" when it takes none
    bool experimental;
    std::string_view help;
};

constexpr AggregationHelp AGGREGATIONS[] = {
    {AggregateOp::avg, "", false, "The mean of each group."},
    {AggregateOp::bottomk, "scalar", false, "The k smallest series of each group, with all their labels."},
    {AggregateOp::count, "", false, "The number of series in each group."},
    {AggregateOp::count_values, "string", false,
     "How many series of each group have the same value; the value becomes the named label."},
    {AggregateOp::group, "", false, "1 for each group."},
    {AggregateOp::limit_ratio, "scalar", true,
     "A steady sample of about the given share of the series; a negative share is the rest."},
    {AggregateOp::limitk, "scalar", true, "Any k series of each group, the same ones every time."},
    {AggregateOp::max, "", false, "The largest value of each group."},
    {AggregateOp::min, "", false, "The smallest value of each group."},
    {AggregateOp::quantile, "scalar", false, "The quantile over the series of each group."},
    {AggregateOp::stddev, "", false, "The population standard deviation of each group."},
    {AggregateOp::stdvar, "", false, "The population variance of each group."},
    {AggregateOp::sum, "", false, "The sum of each group."},
    {AggregateOp::topk, "scalar", false, "The k largest series of each group, with all their labels."},
};

std::string signature(const Function& f) {
    std::string out = std::string(f.name) + "(";
    const auto types = f.arg_types();
    for (size_t i = 0; i < types.size(); ++i) {
        if (i > 0) out += ", ";
        out += describe(types[i]);
        if (f.variadic != 0 && i + 1 == types.size()) out += f.variadic == 1 ? "?" : "...";
    }
    return out + ") -> " + std::string(describe(f.result));
}

}  // namespace

std::vector<query::FunctionDoc> function_docs() {
    std::vector<query::FunctionDoc> out;
    for (const auto& a : AGGREGATIONS) {
        const std::string param = a.param.empty() ? "" : std::string(a.param) + ", ";
        out.push_back({to_string(a.op), "aggregation",
                       fmt::format("{}({}instant vector) -> instant vector", to_string(a.op), param), a.help,
                       a.experimental});
    }
    for (const auto& f : functions())
        out.push_back({f.name, "function", signature(f), f.help, f.experimental});
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return out;
}

}  // namespace belfry::promql
