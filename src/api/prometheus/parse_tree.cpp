#include "api/prometheus/parse_tree.h"

#include "base/json.h"
#include "base/number.h"

namespace belfry::api {
namespace {

using promql::Aggregate;
using promql::as;
using promql::AtModifier;
using promql::Binary;
using promql::Call;
using promql::DurationExpr;
using promql::Expr;
using promql::ExprKind;
using promql::MatrixSelector;
using promql::NumberLiteral;
using promql::Offset;
using promql::Paren;
using promql::RangeEdges;
using promql::StepInvariant;
using promql::StringLiteral;
using promql::Subquery;
using promql::to_string;
using promql::try_as;
using promql::Unary;
using promql::VectorSelector;

// Plain digits without exponent, as a string.
std::string plain_number(double value) {
    if (!std::isfinite(value)) return format_double(value);
    std::array<char, 1100> buffer;
    return {buffer.data(),
            std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed).ptr};
}

class TreeWriter {
  public:
    explicit TreeWriter(JsonWriter& json) : json_(json) {}

    void write(const Expr* expr) {
        if (expr == nullptr) {
            json_.null();
            return;
        }
        if (const auto* invariant = try_as<StepInvariant>(*expr)) return write(invariant->expr.get());
        json_.begin_object();
        switch (expr->kind) {
            case ExprKind::number:
                json_.field("type", "numberLiteral").field("val", plain_number(as<NumberLiteral>(*expr).value));
                break;
            case ExprKind::string:
                json_.field("type", "stringLiteral").field("val", as<StringLiteral>(*expr).value);
                break;
            case ExprKind::vector_selector:
                json_.field("type", "vectorSelector");
                selector(as<VectorSelector>(*expr));
                break;
            case ExprKind::matrix_selector: {
                const auto& node = as<MatrixSelector>(*expr);
                json_.field("type", "matrixSelector").field("range", node.range_ms).key("rangeExpr");
                duration(node.range_expr.get());
                selector(*node.selector);
                break;
            }
            case ExprKind::subquery: subquery(as<Subquery>(*expr)); break;
            case ExprKind::call: call(as<Call>(*expr)); break;
            case ExprKind::aggregate: aggregate(as<Aggregate>(*expr)); break;
            case ExprKind::binary: binary(as<Binary>(*expr)); break;
            case ExprKind::unary:
                json_.field("type", "unaryExpr").field("op", as<Unary>(*expr).negative ? "-" : "+").key("expr");
                write(as<Unary>(*expr).expr.get());
                break;
            case ExprKind::paren:
                json_.field("type", "parenExpr").key("expr");
                write(as<Paren>(*expr).expr.get());
                break;
            case ExprKind::step_invariant: break;
        }
        json_.end_object();
    }

  private:
    void strings(std::string_view name, const std::vector<std::string>& values) {
        json_.key(name).begin_array();
        for (const auto& value : values)
            json_.string(value);
        json_.end_array();
    }

    void number_or_null(std::string_view name, const std::optional<double>& value) {
        json_.key(name);
        if (value)
            json_.number(*value);
        else
            json_.null();
    }

    void modifiers(const Offset& offset, const AtModifier& at) {
        json_.field("offset", offset.ms).key("offsetExpr");
        duration(offset.expr.get());
        json_.key("timestamp");
        if (at.kind == AtModifier::Kind::timestamp)
            json_.integer(at.time_ms);
        else
            json_.null();
        json_.key("startOrEnd");
        if (at.kind == AtModifier::Kind::start)
            json_.string("start");
        else if (at.kind == AtModifier::Kind::end)
            json_.string("end");
        else
            json_.null();
    }

    void selector(const VectorSelector& node) {
        static constexpr std::string_view OPS[] = {"=", "!=", "=~", "!~"};
        json_.field("name", node.name);
        modifiers(node.offset, node.at_time);
        json_.key("matchers").begin_array();
        for (const auto& matcher : node.matchers) {
            json_.begin_object().field("name", matcher.name()).field("value", matcher.value());
            json_.field("type", OPS[static_cast<size_t>(matcher.op())]).end_object();
        }
        json_.end_array();
        json_.field("anchored", node.edges == RangeEdges::anchored)
            .field("smoothed", node.edges == RangeEdges::smoothed);
    }

    void subquery(const Subquery& node) {
        json_.field("type", "subquery").key("expr");
        write(node.expr.get());
        json_.field("range", node.range_ms).key("rangeExpr");
        duration(node.range_expr.get());
        json_.field("step", node.step_ms).key("stepExpr");
        duration(node.step_expr.get());
        modifiers(node.offset, node.at_time);
    }

    void call(const Call& node) {
        json_.field("type", "call")
            .key("func")
            .begin_object()
            .field("name", node.function->name)
            .key("argTypes")
            .begin_array();
        for (const auto type : node.function->arg_types())
            json_.string(to_string(type));
        json_.end_array()
            .field("variadic", node.function->variadic)
            .field("returnType", to_string(node.function->result))
            .end_object();
        json_.key("args").begin_array();
        for (const auto& arg : node.args)
            write(arg.get());
        json_.end_array();
    }

    void aggregate(const Aggregate& node) {
        json_.field("type", "aggregation").field("op", to_string(node.op)).key("expr");
        write(node.expr.get());
        json_.key("param");
        write(node.param.get());
        strings("grouping", node.grouping);
        json_.field("without", node.without);
    }

    void binary(const Binary& node) {
        json_.field("type", "binaryExpr").field("op", to_string(node.op)).key("lhs");
        write(node.lhs.get());
        json_.key("rhs");
        write(node.rhs.get());
        json_.key("matching");
        if (node.matching) {
            json_.begin_object().field("card", to_string(node.matching->cardinality)).field("on", node.matching->on);
            strings("labels", node.matching->labels);
            strings("include", node.matching->include);
            json_.key("fillValues").begin_object();
            number_or_null("lhs", node.matching->fill_left);
            number_or_null("rhs", node.matching->fill_right);
            json_.end_object().end_object();
        } else {
            json_.null();
        }
        json_.field("bool", node.return_bool);
    }

    void duration(const DurationExpr* node) {
        if (node == nullptr) {
            json_.null();
            return;
        }
        static constexpr std::string_view OPS[] = {"",  "step", "range", "min_of", "max_of", "+", "-",
                                                   "+", "-",    "*",     "/",      "%",      "^"};
        json_.begin_object();
        if (node->op == DurationExpr::Op::literal) {
            json_.field("type", "numberLiteral")
                .field("val", plain_number(node->seconds))
                .field("duration", node->written_as_duration);
        } else {
            json_.field("type", "durationExpr").field("op", OPS[static_cast<size_t>(node->op)]).key("lhs");
            duration(node->lhs.get());
            json_.key("rhs");
            duration(node->rhs.get());
        }
        json_.field("wrapped", node->parenthesised).end_object();
    }

    JsonWriter& json_;
};

}  // namespace

std::string parse_tree_json(const Expr& expr) {
    JsonWriter json;
    TreeWriter(json).write(&expr);
    return json.take();
}

}  // namespace belfry::api
