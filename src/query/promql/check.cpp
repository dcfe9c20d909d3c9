#include "query/promql/check.h"

#include "model/labels.h"
#include "query/promql/literal.h"

namespace belfry::promql {
namespace {

bool is_operand(ValueType type) {
    return type == ValueType::scalar || type == ValueType::vector;
}
bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

class Checker {
  public:
    explicit Checker(std::string_view text) : text_(text) {}

    Status check(Expr& expr) {
        switch (expr.kind) {
            case ExprKind::number:
            case ExprKind::string: return {};
            case ExprKind::vector_selector: return visit(as<VectorSelector>(expr));
            case ExprKind::matrix_selector: return visit(*as<MatrixSelector>(expr).selector);
            case ExprKind::subquery: return visit(as<Subquery>(expr));
            case ExprKind::call: return visit(as<Call>(expr));
            case ExprKind::aggregate: return visit(as<Aggregate>(expr));
            case ExprKind::binary: return visit(as<Binary>(expr));
            case ExprKind::unary: return visit(as<Unary>(expr));
            case ExprKind::paren: return check(*as<Paren>(expr).expr);
            case ExprKind::step_invariant: return check(*as<StepInvariant>(expr).expr);
        }
        return {};
    }

  private:
    template <typename... Args>
    [[nodiscard]] Error fail(Span at, fmt::format_string<Args...> format, Args&&... args) const {
        return parse_error(text_, at.from, fmt::format(format, std::forward<Args>(args)...));
    }

    Status expect(Expr& expr, ValueType wanted, std::string_view where) {
        TRY(check(expr));
        if (expr.type == wanted) return {};
        return fail(expr.at, "expected type {} in {}, got {}", describe(wanted), where, describe(expr.type));
    }

    Status visit(VectorSelector& selector) const {
        if (!selector.name.empty()) {
            for (size_t i = 0; i + 1 < selector.matchers.size(); ++i) {
                if (selector.matchers[i].name() != model::METRIC_NAME) continue;
                return fail(selector.at, "metric name must not be set twice: {} or {}", quote(selector.name),
                            quote(selector.matchers[i].value()));
            }
            return {};
        }
        if (selector.may_match_empty) return {};
        for (const auto& matcher : selector.matchers) {
            if (!matcher.matches_empty()) return {};
        }
        return fail(selector.at, "vector selector must contain at least one non-empty matcher");
    }

    Status visit(Subquery& subquery) {
        TRY(check(*subquery.expr));
        if (subquery.expr->type == ValueType::vector) return {};
        return fail(subquery.at, "subquery is only allowed on instant vector, got {} instead",
                    to_string(subquery.expr->type));
    }

    Status visit(Unary& unary) {
        TRY(check(*unary.expr));
        if (is_operand(unary.expr->type)) return {};
        return fail(unary.at,
                    "unary expression only allowed on expressions of type scalar or instant vector, got \"{}\"",
                    describe(unary.expr->type));
    }

    Status visit(Aggregate& aggregate) {
        TRY(expect(*aggregate.expr, ValueType::vector, "aggregation expression"));
        if (!aggregate.param) return {};
        const bool text = aggregate.op == AggregateOp::count_values;
        return expect(*aggregate.param, text ? ValueType::string : ValueType::scalar, "aggregation parameter");
    }

    Status visit(Binary& node);
    Status visit(Call& call);
    Status check_edges(const Call& call) const;

    // The operator between its operands, for messages about it.
    [[nodiscard]] Span operator_span(const Binary& node) const {
        Span at{node.lhs->at.to, node.rhs->at.from};
        while (at.from < at.to && is_space(text_[at.from]))
            ++at.from;
        return at;
    }

    std::string_view text_;
};

Status Checker::visit(Binary& node) {
    TRY(check(*node.lhs));
    TRY(check(*node.rhs));
    const ValueType left = node.lhs->type;
    const ValueType right = node.rhs->type;
    const bool vectors = left == ValueType::vector && right == ValueType::vector;
    const bool comparison = is_comparison(node.op);
    const bool set = is_set_operator(node.op);

    if (node.return_bool && !comparison) {
        return fail(operator_span(node), "bool modifier can only be used on comparison operators");
    }
    if (comparison && !node.return_bool && left == ValueType::scalar && right == ValueType::scalar) {
        return fail(operator_span(node), "comparisons between scalars must use BOOL modifier");
    }
    if (node.matching) {
        auto& matching = *node.matching;
        if (set && matching.cardinality == Cardinality::one_to_one) matching.cardinality = Cardinality::many_to_many;
        for (const auto& label : matching.labels) {
            const bool twice =
                std::find(matching.include.begin(), matching.include.end(), label) != matching.include.end();
            if (!matching.on || !twice) continue;
            return fail(operator_span(node), "label {} must not occur in ON and GROUP clause at once", quote(label));
        }
    }
    for (const Expr* side : {node.lhs.get(), node.rhs.get()}) {
        if (is_operand(side->type)) continue;
        return fail(side->at, "binary expression must contain only scalar and instant vector types");
    }
    if (!vectors && node.matching) {
        if (!node.matching->labels.empty())
            return fail(node.at, "vector matching only allowed between instant vectors");
        if (node.matching->fill_left || node.matching->fill_right) {
            return fail(node.at, "filling in missing series only allowed between instant vectors");
        }
        node.matching.reset();
    }
    if (!set) return {};
    if (!vectors)
        return fail(node.at, "set operator \"{}\" not allowed in binary scalar expression", to_string(node.op));
    if (node.matching->cardinality != Cardinality::many_to_many) {
        return fail(node.at, "no grouping allowed for \"{}\" operation", to_string(node.op));
    }
    if (node.matching->fill_left || node.matching->fill_right) {
        return fail(node.at, "filling in missing series not allowed for set operators");
    }
    return {};
}

Status Checker::visit(Call& call) {
    const Function& f = *call.function;
    const size_t count = call.args.size();
    const size_t least = f.variadic == 0 ? f.arg_count : f.arg_count - size_t{1};
    if (f.variadic == 0 && count != least) {
        return fail(call.at, "expected {} argument(s) in call to \"{}\", got {}", least, f.name, count);
    }
    if (count < least)
        return fail(call.at, "expected at least {} argument(s) in call to \"{}\", got {}", least, f.name, count);
    if (f.variadic > 0 && count > least + static_cast<size_t>(f.variadic)) {
        return fail(call.at, "expected at most {} argument(s) in call to \"{}\", got {}",
                    least + static_cast<size_t>(f.variadic), f.name, count);
    }
    if (f.id == FunctionId::info && count > 1) {
        Expr& labels = *call.args[1];
        auto* selector = try_as<VectorSelector>(labels);
        if (labels.type != ValueType::vector) {
            return fail(call.at, "expected type {} in call to function \"info\", got {}", describe(ValueType::vector),
                        describe(labels.type));
        }
        if (selector == nullptr) return fail(labels.at, "expected label selectors only");
        if (!selector->name.empty())
            return fail(labels.at, "expected label selectors only, got vector selector instead");
        selector->may_match_empty = true;
    }
    for (size_t i = 0; i < count; ++i) {
        const ValueType wanted = f.args[std::min<size_t>(i, f.arg_count - size_t{1})];
        TRY(expect(*call.args[i], wanted, fmt::format("call to function \"{}\"", f.name)));
    }
    return check_edges(call);
}

// `anchored` and `smoothed` make sense for functions of the edges of a window only.
Status Checker::check_edges(const Call& call) const {
    using Id = FunctionId;
    static constexpr Id SMOOTHED[] = {Id::delta, Id::increase, Id::rate};
    static constexpr Id ANCHORED[] = {Id::changes, Id::delta, Id::increase, Id::rate, Id::resets};
    for (const auto& arg : call.args) {
        const auto* matrix = try_as<MatrixSelector>(unwrap(*arg));
        if (matrix == nullptr || matrix->selector->edges == RangeEdges::plain) continue;
        const bool anchored = matrix->selector->edges == RangeEdges::anchored;
        const std::span<const Id> allowed = anchored ? std::span<const Id>(ANCHORED) : std::span<const Id>(SMOOTHED);
        if (std::find(allowed.begin(), allowed.end(), call.function->id) != allowed.end()) continue;
        std::string names;
        for (const Id id : allowed)
            (names += names.empty() ? "" : ", ") += function(id).name;
        return fail(arg->at, "{} modifier can only be used with: {} - not with {}", anchored ? "anchored" : "smoothed",
                    names, call.function->name);
    }
    return {};
}

}  // namespace

Status check(Expr& expr, std::string_view text) {
    return Checker(text).check(expr);
}

Error parse_error(std::string_view text, uint32_t byte, std::string_view sentence) {
    return make_error(Code::invalid, "{}: parse error: {}", line_and_column(text, byte), sentence);
}

}  // namespace belfry::promql
