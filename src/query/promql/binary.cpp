#include "query/promql/binary.h"

#include "query/promql/exec.h"

namespace belfry::promql {
namespace {

// Calls `use(f)` with the operator as a small function, so that loops over cells hold no switch.
template <typename Use>
auto with_operator(BinaryOp op, Use&& use) {
    switch (op) {
        case BinaryOp::add: return use([](double a, double b) { return a + b; });
        case BinaryOp::sub: return use([](double a, double b) { return a - b; });
        case BinaryOp::mul: return use([](double a, double b) { return a * b; });
        case BinaryOp::div: return use([](double a, double b) { return a / b; });
        case BinaryOp::mod: return use([](double a, double b) { return std::fmod(a, b); });
        case BinaryOp::pow: return use([](double a, double b) { return std::pow(a, b); });
        case BinaryOp::atan2: return use([](double a, double b) { return std::atan2(a, b); });
        case BinaryOp::eq: return use([](double a, double b) { return a == b; });
        case BinaryOp::ne: return use([](double a, double b) { return a != b; });
        case BinaryOp::gt: return use([](double a, double b) { return a > b; });
        case BinaryOp::ge: return use([](double a, double b) { return a >= b; });
        case BinaryOp::lt: return use([](double a, double b) { return a < b; });
        case BinaryOp::le: return use([](double a, double b) { return a <= b; });
        // Set operators do not come here; trimming makes no sense on floats.
        default: return use([](double, double) { return ABSENT; });
    }
}

// A vector with a scalar on one side, cell by cell.
class ScalarRows : public Rows {
  public:
    ScalarRows(RowsPtr inner, std::vector<double> scalar, const Binary& node, bool scalar_is_left)
        : Rows(inner->grid()), inner_(std::move(inner)), scalar_(std::move(scalar)), op_(node.op), at_(node.at),
          return_bool_(node.return_bool), scalar_is_left_(scalar_is_left) {
        const bool drop_name = changes_meaning(op_) || return_bool_;
        for (const Head& head : inner_->heads()) heads_.push_back({head.labels, head.drop_name || drop_name});
    }
    [[nodiscard]] size_t cost() const override { return inner_->cost(); }

    [[nodiscard]] Status read(size_t row, Reader& reader, Cells out) const override {
        TRY(inner_->read(row, reader, out));
        if (out.has_histograms() || is_trim(op_)) {
            read_mixed(reader, out);
            return {};
        }
        with_operator(op_, [&](auto f) {
            for (size_t i = 0; i < out.count; i++) {
                const double v = out.values[i];
                if (is_absent(v)) continue;
                const auto result = scalar_is_left_ ? f(scalar_[i], v) : f(v, scalar_[i]);
                if constexpr (std::is_same_v<decltype(result), const bool>) {
                    if (return_bool_) out.values[i] = result ? 1 : 0;
                    else if (!result) out.values[i] = ABSENT;
                } else {
                    out.values[i] = result;
                }
            }
        });
        return {};
    }

  private:
    void read_mixed(Reader& reader, Cells out) const {
        for (size_t i = 0; i < out.count; i++) {
            if (!out.present(i)) continue;
            const Operand vector{out.values[i], out.has_histograms() ? (*out.histograms)[i] : nullptr};
            const Operand scalar{scalar_[i], nullptr};
            Operand result = scalar_is_left_ ? binary_operands(op_, scalar, vector, return_bool_, {reader.annotations, at_})
                                             : binary_operands(op_, vector, scalar, return_bool_, {reader.annotations, at_});
            // A filter shows the vector's side.
            if (is_comparison(op_) && !return_bool_ && result.present()) result = vector;
            out.values[i] = result.histogram ? ABSENT : result.value;
            if (out.has_histograms()) (*out.histograms)[i] = std::move(result.histogram);
        }
    }

    RowsPtr inner_;
    std::vector<double> scalar_;
    BinaryOp op_;
    Span at_;
    bool return_bool_;
    bool scalar_is_left_;
};

// -x, histograms included.
class NegatedRows : public Rows {
  public:
    explicit NegatedRows(RowsPtr inner) : Rows(inner->grid()), inner_(std::move(inner)) {
        for (const Head& head : inner_->heads()) heads_.push_back({head.labels, true});
    }
    [[nodiscard]] size_t cost() const override { return inner_->cost(); }
    [[nodiscard]] Status read(size_t row, Reader& reader, Cells out) const override {
        TRY(inner_->read(row, reader, out));
        for (size_t i = 0; i < out.count; i++)
            if (!is_absent(out.values[i])) out.values[i] = -out.values[i];
        for (HistogramPtr& histogram : *out.histograms)
            if (histogram) histogram = scaled_histogram(*histogram, -1);
        return {};
    }

  private:
    RowsPtr inner_;
};

}  // namespace

RowsPtr negate_rows(RowsPtr rows) { return std::make_unique<NegatedRows>(std::move(rows)); }

double binary_float(BinaryOp op, double lhs, double rhs, bool return_bool) {
    return with_operator(op, [&](auto f) -> double {
        const auto result = f(lhs, rhs);
        if constexpr (std::is_same_v<decltype(result), const bool>) {
            if (return_bool) return result ? 1 : 0;
            return result ? lhs : ABSENT;
        } else {
            return result;
        }
    });
}

Result<RowsPtr> eval_binary(Exec& exec, const Binary& node, const Grid& grid) {
    if (node.lhs->type == ValueType::scalar || node.rhs->type == ValueType::scalar) {
        const bool scalar_is_left = node.lhs->type == ValueType::scalar;
        RowsPtr rows = TRY(exec.vector(scalar_is_left ? *node.rhs : *node.lhs, grid));
        std::vector<double> scalar = TRY(exec.scalar(scalar_is_left ? *node.lhs : *node.rhs, grid));
        return RowsPtr(std::make_unique<ScalarRows>(std::move(rows), std::move(scalar), node, scalar_is_left));
    }
    std::unique_ptr<Table> lhs = TRY(exec.table(*node.lhs, grid));
    std::unique_ptr<Table> rhs = TRY(exec.table(*node.rhs, grid));
    if (is_set_operator(node.op)) return set_operation(exec, node, std::move(lhs), std::move(rhs));
    return match_vectors(exec, node, *lhs, *rhs);
}

}  // namespace belfry::promql
