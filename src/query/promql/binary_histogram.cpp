#include "query/promql/binary.h"

namespace belfry::promql {
namespace {

Operand incompatible_types(BinaryOp op, const Operand& lhs, const Operand& rhs, const NoteSink& notes) {
    const auto name = [](const Operand& side) { return side.histogram ? "histogram" : "float"; };
    notes.annotations.info(fmt::format("incompatible sample types encountered for binary operator \"{}\": {} {} {}", to_string(op),
                                       name(lhs), to_string(op), name(rhs)),
                           notes.at);
    return {};
}

Operand sum_of_two(BinaryOp op, const model::Histogram& lhs, const model::Histogram& rhs, const NoteSink& notes) {
    const bool subtract = op == BinaryOp::sub;
    HistogramBuilder builder(lhs);
    if (!builder.add(rhs, subtract ? -1 : 1)) {
        notes.annotations.warn(fmt::format("incompatible bucket layout encountered for binary operator {}", to_string(op)), notes.at);
        return {};
    }
    const std::string_view what = subtract ? "subtraction" : "addition";
    if (builder.notes().reconciled)
        notes.annotations.info(fmt::format("mismatched custom buckets were reconciled during {}", what), notes.at);
    if (builder.notes().collision)
        notes.annotations.warn(fmt::format("conflicting counter resets during histogram {}", what), notes.at);
    if (subtract) builder.set_hint(model::Histogram::ResetHint::gauge);
    return {ABSENT, builder.build()};
}

}  // namespace

Operand binary_operands(BinaryOp op, const Operand& lhs, const Operand& rhs, bool return_bool, const NoteSink& notes) {
    if (!lhs.histogram && !rhs.histogram) {
        if (is_trim(op)) return incompatible_types(op, lhs, rhs, notes);
        return {binary_float(op, lhs.value, rhs.value, return_bool), nullptr};
    }
    if (lhs.histogram && rhs.histogram) {
        switch (op) {
            case BinaryOp::add:
            case BinaryOp::sub: return sum_of_two(op, *lhs.histogram, *rhs.histogram, notes);
            case BinaryOp::eq:
            case BinaryOp::ne: {
                const bool holds = equal_histograms(*lhs.histogram, *rhs.histogram) == (op == BinaryOp::eq);
                if (return_bool) return {holds ? 1.0 : 0.0, nullptr};
                return holds ? lhs : Operand{};
            }
            default: return incompatible_types(op, lhs, rhs, notes);
        }
    }
    if (lhs.histogram) {
        if (op == BinaryOp::mul) return {ABSENT, scaled_histogram(*lhs.histogram, rhs.value)};
        if (op == BinaryOp::div) return {ABSENT, divided_histogram(*lhs.histogram, rhs.value)};
        if (op == BinaryOp::trim_upper) return {ABSENT, trimmed_histogram(*lhs.histogram, rhs.value, true)};
        if (op == BinaryOp::trim_lower) return {ABSENT, trimmed_histogram(*lhs.histogram, rhs.value, false)};
    } else if (op == BinaryOp::mul) {
        return {ABSENT, scaled_histogram(*rhs.histogram, lhs.value)};
    }
    return incompatible_types(op, lhs, rhs, notes);
}

}  // namespace belfry::promql
