#include "query/promql/binary.h"

namespace belfry::promql {

Operand binary_operands(BinaryOp op, const Operand& lhs, const Operand& rhs, bool return_bool, const NoteSink& notes) {
    if (!lhs.histogram && !rhs.histogram) return {binary_float(op, lhs.value, rhs.value, return_bool), nullptr};
    (void)notes;
    return {};
}

}  // namespace belfry::promql
