#include "query/promql/print.h"

#include "base/number.h"
#include "model/labels.h"
#include "query/promql/literal.h"

namespace belfry::promql {
namespace {

constexpr size_t LINE_CHARACTERS_MAX = 100;  // characters; longer expressions are broken by print_pretty

bool is_identifier(std::string_view name) {
    if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    });
}

// Plain decimal digits, never an exponent.
std::string print_number(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    std::array<char, 1100> buffer;  // 5e-324 in full
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed).ptr;
    return {buffer.data(), end};
}

std::string print_labels(const std::vector<std::string>& names) {
    std::string out;
    for (const auto& name : names)
        (out += out.empty() ? "" : ", ") += print_label_name(name);
    return out;
}

std::string print_modifiers(const AtModifier& at, const Offset& offset, RangeEdges edges, bool edges_first) {
    std::string out;
    const std::string_view edge_text = edges == RangeEdges::plain      ? ""
                                       : edges == RangeEdges::anchored ? " anchored"
                                                                       : " smoothed";
    if (edges_first) out += edge_text;
    switch (at.kind) {
        case AtModifier::Kind::none: break;
        case AtModifier::Kind::start: out += " @ start()"; break;
        case AtModifier::Kind::end: out += " @ end()"; break;
        case AtModifier::Kind::timestamp: {
            const uint64_t magnitude =
                at.time_ms < 0 ? 0 - static_cast<uint64_t>(at.time_ms) : static_cast<uint64_t>(at.time_ms);
            out += fmt::format(" @ {}{}.{:03}", at.time_ms < 0 ? "-" : "", magnitude / 1000, magnitude % 1000);
            break;
        }
    }
    if (!edges_first) out += edge_text;
    if (offset.expr)
        (out += " offset ") += print(*offset.expr);
    else if (offset.ms != 0)
        (out += " offset ") += print_duration_ms(offset.ms);
    return out;
}

std::string print_selector(const VectorSelector& selector) {
    std::vector<std::string> matchers;
    for (const auto& matcher : selector.matchers) {
        const bool is_name = matcher.name() == model::METRIC_NAME && matcher.op() == model::Matcher::Op::equal &&
                             matcher.value() == selector.name && !selector.name.empty();
        if (is_name) continue;
        static constexpr std::string_view OPS[] = {"=", "!=", "=~", "!~"};
        matchers.push_back(print_label_name(matcher.name()) + std::string(OPS[static_cast<size_t>(matcher.op())]) +
                           quote(matcher.value()));
    }
    std::sort(matchers.begin(), matchers.end());
    std::string out = selector.name;
    if (matchers.empty()) return out.empty() ? "{}" : out;
    out += '{';
    for (size_t i = 0; i < matchers.size(); ++i)
        (out += i == 0 ? "" : ",") += matchers[i];
    return out += '}';
}

std::string print_matching(const Binary& node) {
    std::string out = node.return_bool ? " bool" : "";
    if (!node.matching) return out;
    const auto& m = *node.matching;
    const bool grouped = m.cardinality == Cardinality::many_to_one || m.cardinality == Cardinality::one_to_many;
    if (!m.labels.empty() || m.on || grouped)
        out += fmt::format(" {} ({})", m.on ? "on" : "ignoring", print_labels(m.labels));
    if (grouped) {
        const bool left = m.cardinality == Cardinality::many_to_one;
        out += fmt::format(" group_{} ({})", left ? "left" : "right", print_labels(m.include));
    }
    const auto same = [&] { return std::bit_cast<uint64_t>(*m.fill_left) == std::bit_cast<uint64_t>(*m.fill_right); };
    if (m.fill_left && m.fill_right && same()) return out + fmt::format(" fill ({})", print_number(*m.fill_left));
    if (m.fill_left) out += fmt::format(" fill_left ({})", print_number(*m.fill_left));
    if (m.fill_right) out += fmt::format(" fill_right ({})", print_number(*m.fill_right));
    return out;
}

std::string print_aggregate_head(const Aggregate& node) {
    std::string out(to_string(node.op));
    if (node.without)
        out += fmt::format(" without ({}) ", print_labels(node.grouping));
    else if (!node.grouping.empty())
        out += fmt::format(" by ({}) ", print_labels(node.grouping));
    return out;
}

std::string print_range(int64_t ms, const DurationPtr& expr) {
    return expr ? print(*expr) : print_duration_ms(ms);
}

std::string print_subquery_tail(const Subquery& node) {
    std::string step;
    if (node.step_expr || node.step_ms != 0) step = print_range(node.step_ms, node.step_expr);
    return fmt::format("[{}:{}]{}", print_range(node.range_ms, node.range_expr), step,
                       print_modifiers(node.at_time, node.offset, RangeEdges::plain, false));
}

// Writes the one-line form. One buffer, so that deep trees cost linear time.
void append(std::string& out, const Expr& expr) {
    switch (expr.kind) {
        case ExprKind::number: {
            const auto& node = as<NumberLiteral>(expr);
            if (!node.written_as_duration)
                out += print_number(node.value);
            else if (std::signbit(node.value) && node.value == 0)
                out += "-0s";
            else
                out += print_duration_ms(std::llround(node.value * 1000));
            return;
        }
        case ExprKind::string: out += quote(as<StringLiteral>(expr).value); return;
        case ExprKind::vector_selector: {
            const auto& node = as<VectorSelector>(expr);
            out += print_selector(node);
            out += print_modifiers(node.at_time, node.offset, node.edges, false);
            return;
        }
        case ExprKind::matrix_selector: {
            const auto& node = as<MatrixSelector>(expr);
            out += print_selector(*node.selector);
            out += fmt::format("[{}]", print_range(node.range_ms, node.range_expr));
            out += print_modifiers(node.selector->at_time, node.selector->offset, node.selector->edges, true);
            return;
        }
        case ExprKind::subquery:
            append(out, *as<Subquery>(expr).expr);
            out += print_subquery_tail(as<Subquery>(expr));
            return;
        case ExprKind::call: {
            const auto& node = as<Call>(expr);
            out += node.function->name;
            out += '(';
            for (size_t i = 0; i < node.args.size(); ++i) {
                if (i > 0) out += ", ";
                append(out, *node.args[i]);
            }
            out += ')';
            return;
        }
        case ExprKind::aggregate: {
            const auto& node = as<Aggregate>(expr);
            out += print_aggregate_head(node);
            out += '(';
            if (node.param) {
                append(out, *node.param);
                out += ", ";
            }
            append(out, *node.expr);
            out += ')';
            return;
        }
        case ExprKind::binary: {
            const auto& node = as<Binary>(expr);
            append(out, *node.lhs);
            out += ' ';
            out += to_string(node.op);
            out += print_matching(node);
            out += ' ';
            append(out, *node.rhs);
            return;
        }
        case ExprKind::unary:
            out += as<Unary>(expr).negative ? '-' : '+';
            append(out, *as<Unary>(expr).expr);
            return;
        case ExprKind::paren:
            out += '(';
            append(out, *as<Paren>(expr).expr);
            out += ')';
            return;
        case ExprKind::step_invariant: append(out, *as<StepInvariant>(expr).expr); return;
    }
}

std::string indent(size_t level) {
    return std::string(2 * level, ' ');
}

// The expression behind an indent of `level`, broken where its one-line form is too long.
std::string pretty(const Expr& expr, size_t level) {
    const std::string line = print(expr);
    const std::string margin = indent(level);
    switch (expr.kind) {
        case ExprKind::step_invariant: return pretty(*as<StepInvariant>(expr).expr, level);
        case ExprKind::unary: {
            const auto& node = as<Unary>(expr);
            return margin + (node.negative ? "-" : "+") + pretty(*node.expr, level).substr(margin.size());
        }
        default: break;
    }
    if (line.size() <= LINE_CHARACTERS_MAX) return margin + line;
    switch (expr.kind) {
        case ExprKind::subquery:
            return pretty(*as<Subquery>(expr).expr, level) + print_subquery_tail(as<Subquery>(expr));
        case ExprKind::paren: return margin + "(\n" + pretty(*as<Paren>(expr).expr, level + 1) + "\n" + margin + ")";
        case ExprKind::binary: {
            const auto& node = as<Binary>(expr);
            return pretty(*node.lhs, level + 1) + "\n" + margin + std::string(to_string(node.op)) +
                   print_matching(node) + "\n" + pretty(*node.rhs, level + 1);
        }
        case ExprKind::aggregate: {
            const auto& node = as<Aggregate>(expr);
            std::string out = margin + print_aggregate_head(node) + "(\n";
            if (node.param) out += pretty(*node.param, level + 1) + ",\n";
            return out + pretty(*node.expr, level + 1) + "\n" + margin + ")";
        }
        case ExprKind::call: {
            const auto& node = as<Call>(expr);
            std::string out = margin + std::string(node.function->name) + "(\n";
            for (size_t i = 0; i < node.args.size(); ++i)
                out += (i == 0 ? "" : ",\n") + pretty(*node.args[i], level + 1);
            return out + "\n" + margin + ")";
        }
        default: return margin + line;
    }
}

}  // namespace

std::string print(const Expr& expr) {
    std::string out;
    append(out, expr);
    return out;
}

std::string print_pretty(const Expr& expr) {
    // Breaking measures every subtree: deep trees would cost quadratic time and read no better.
    constexpr uint32_t HEIGHT_MAX = 100;
    return expr.height > HEIGHT_MAX ? print(expr) : pretty(expr, 0);
}

std::string print(const DurationExpr& expr) {
    using Op = DurationExpr::Op;
    std::string out;
    const auto infix = [&](std::string_view op) {
        return fmt::format("{} {} {}", print(*expr.lhs), op, print(*expr.rhs));
    };
    switch (expr.op) {
        case Op::literal:
            out = expr.written_as_duration ? print_duration_ms(std::llround(expr.seconds * 1000))
                                           : print_number(expr.seconds);
            break;
        case Op::step: out = "step()"; break;
        case Op::range: out = "range()"; break;
        case Op::min_of: out = fmt::format("min_of({}, {})", print(*expr.lhs), print(*expr.rhs)); break;
        case Op::max_of: out = fmt::format("max_of({}, {})", print(*expr.lhs), print(*expr.rhs)); break;
        case Op::plus: out = print(*expr.rhs); break;
        case Op::minus: out = "-" + print(*expr.rhs); break;
        case Op::add: out = infix("+"); break;
        case Op::sub: out = infix("-"); break;
        case Op::mul: out = infix("*"); break;
        case Op::div: out = infix("/"); break;
        case Op::mod: out = infix("%"); break;
        case Op::pow: out = infix("^"); break;
    }
    return expr.parenthesised ? "(" + out + ")" : out;
}

std::string print_duration_ms(int64_t ms) {
    return format_duration_ms(ms);
}

std::string print_label_name(std::string_view name) {
    return is_identifier(name) ? std::string(name) : quote(name);
}

}  // namespace belfry::promql
