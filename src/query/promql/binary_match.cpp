#include "query/promql/binary.h"

namespace belfry::promql {
namespace {

// Rows of a table by the number of their match group.
struct Partners {
    std::vector<uint32_t> group;              // of each row
    std::vector<std::vector<uint32_t>> rows;  // of each group; groups without a row may be missing at the end
    [[nodiscard]] std::span<const uint32_t> of(size_t number) const {
        return number < rows.size() ? std::span<const uint32_t>(rows[number]) : std::span<const uint32_t>();
    }
};

Partners find_partners(const Table& table, const LabelFilter& filter, LabelIndex& groups) {
    Partners out;
    out.group.reserve(table.count());
    std::string bytes;
    for (size_t row = 0; row < table.count(); row++) {
        filter.apply(table.head(row).labels, bytes);
        const uint32_t number = groups.find_or_add(bytes);
        out.group.push_back(number);
        if (number >= out.rows.size()) out.rows.resize(number + 1);
        out.rows[number].push_back(static_cast<uint32_t>(row));
    }
    return out;
}

// For each step: does any of these rows have a cell?
std::vector<uint8_t> presence(const Table& table, std::span<const uint32_t> rows, size_t count) {
    std::vector<uint8_t> out(count, 0);
    for (const uint32_t row : rows)
        for (size_t i = 0; i < count; i++)
            if (table.present(row, i)) out[i] = 1;
    return out;
}

// One match of a `many` row with the `one` side, and what comes out.
class Matcher {
  public:
    Matcher(Exec& exec, const Binary& node, const Table& lhs, const Table& rhs)
        : exec_(exec), node_(node), matching_(*node.matching), swapped_(matching_.cardinality == Cardinality::one_to_many),
          many_(swapped_ ? rhs : lhs), one_(swapped_ ? lhs : rhs), count_(lhs.grid().count), groups_(exec.arena()),
          out_index_(exec.arena()), out_(std::make_unique<Table>(lhs.grid())), result_labels_(result_filter()),
          notes_{exec.annotations(), node.at} {}

    Result<RowsPtr> run() {
        const LabelFilter filter = matching_labels(matching_);
        const Partners many = find_partners(many_, filter, groups_);
        const Partners one = find_partners(one_, filter, groups_);
        many_anywhere_ = presence(many_, all_rows(many_), count_);
        for (uint32_t group = 0; group < groups_.count(); group++) TRY(match_group(group, many.of(group), one.of(group)));
        out_->drop_empty_rows();
        return RowsPtr(std::move(out_));
    }

  private:
    static constexpr uint32_t NOBODY = ~0U;

    static std::vector<uint32_t> all_rows(const Table& table) {
        std::vector<uint32_t> rows(table.count());
        for (uint32_t row = 0; row < rows.size(); row++) rows[row] = row;
        return rows;
    }

    // What of the `many` side's labels the result keeps.
    [[nodiscard]] LabelFilter result_filter() const {
        const bool drop_metadata = changes_meaning(node_.op);
        if (matching_.cardinality == Cardinality::one_to_one)
            return matching_.on ? LabelFilter::only(matching_.labels) : LabelFilter::all_but(matching_.labels, drop_metadata);
        return LabelFilter::all_but({}, drop_metadata);
    }

    // The fill values follow the sides after group_right has swapped them: fill_left is always the many side's (Prometheus'
    // behaviour, which queries in the field rely on).
    [[nodiscard]] const std::optional<double>& fill_many() const { return matching_.fill_left; }
    [[nodiscard]] const std::optional<double>& fill_one() const { return matching_.fill_right; }

    // Which row of the one side is there at each step; two at once are an error.
    Status find_owners(uint32_t group, std::span<const uint32_t> rows) {
        owner_.assign(count_, NOBODY);
        for (const uint32_t row : rows) {
            for (size_t i = 0; i < count_; i++) {
                if (!one_.present(row, i)) continue;
                if (owner_[i] != NOBODY && (many_anywhere_[i] || fill_many())) return duplicate_error(group, owner_[i], row);
                owner_[i] = row;
            }
        }
        return {};
    }

    Error duplicate_error(uint32_t group, uint32_t a, uint32_t b) const {
        std::string first = braced_labels(one_.head(a).labels);
        std::string second = braced_labels(one_.head(b).labels);
        if (second < first) std::swap(first, second);
        return make_error(Code::internal,
                          "found duplicate series for the match group {} on the {} hand-side of the operation: [{}, {}];many-to-many "
                          "matching not allowed: matching labels must be unique on one side",
                          braced_labels(groups_.labels(group)), swapped_ ? "left" : "right", first, second);
    }

    // The row of the result for these partners (null: filled in), made when it is new.
    size_t result_row(uint32_t group, const Rows::Head* many, const Rows::Head* one) {
        result_labels_.apply(many ? many->labels : groups_.labels(group), bytes_);
        bool drop_name = node_.return_bool || (many && many->drop_name);
        if (!matching_.include.empty()) {
            builder_.reset(model::LabelsView(bytes_));
            for (const std::string& name : matching_.include) {
                builder_.set(name, one ? one->labels.get(name) : std::string_view());  // an empty one erases
                if (name == model::METRIC_NAME && one) drop_name = one->drop_name;
            }
            bytes_ = builder_.build().bytes();
        }
        const uint32_t number = out_index_.find_or_add(bytes_);
        if (number == out_->count()) {
            out_->add({out_index_.labels(number), drop_name});
            taken_.resize(taken_.size() + count_, 0);
        } else if (!drop_name && out_->head(number).drop_name) {
            out_->set_head(number, {out_->head(number).labels, false});
        }
        return number;
    }

    [[nodiscard]] static Operand operand(const Table& table, uint32_t row, size_t i) {
        return {table.values(row)[i], table.histogram(row, i)};
    }

    // Writes one cell of the result. False when the cell was taken before.
    bool put(size_t row, size_t i, const Operand& many, const Operand& one) {
        uint8_t& taken = taken_[row * count_ + i];
        if (taken) return false;
        const Operand& lhs = swapped_ ? one : many;
        const Operand& rhs = swapped_ ? many : one;
        if (!lhs.histogram && !rhs.histogram && !is_trim(node_.op)) {
            out_->values(row)[i] = binary_float(node_.op, lhs.value, rhs.value, node_.return_bool);
        } else {
            const Operand result = binary_operands(node_.op, lhs, rhs, node_.return_bool, notes_);
            if (result.histogram) out_->cells(row).set(i, result.histogram);
            else out_->values(row)[i] = result.value;
        }
        // A group match that a filter removed does not collide with another one.
        taken = matching_.cardinality == Cardinality::one_to_one || out_->present(row, i) ? 1 : 0;
        return true;
    }

    Status match_group(uint32_t group, std::span<const uint32_t> many, std::span<const uint32_t> one) {
        if (many.empty() && (one.empty() || !fill_many())) return {};
        TRY(find_owners(group, one));
        const bool exclusive = matching_.cardinality == Cardinality::one_to_one;
        if (exclusive) matched_.assign(count_, 0);
        for (const uint32_t row : many) TRY(match_row(group, row));
        if (fill_many() && !one.empty()) fill_missing(group, many, one);
        return {};
    }

    Status match_row(uint32_t group, uint32_t row) {
        const bool exclusive = matching_.cardinality == Cardinality::one_to_one;
        // Usually the one side is one row; only where it changes over time is it looked up again.
        uint32_t partner = NOBODY;
        size_t out_row = 0;
        bool have_row = false;
        for (size_t i = 0; i < count_; i++) {
            if (!many_.present(row, i)) continue;
            const uint32_t owner = owner_[i];
            if (owner == NOBODY && !fill_one()) continue;
            if (exclusive) {
                if (matched_[i])
                    return make_error(Code::internal,
                                      "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)");
                matched_[i] = 1;
            }
            if (!have_row || owner != partner) {
                out_row = result_row(group, &many_.head(row), owner == NOBODY ? nullptr : &one_.head(owner));
                partner = owner;
                have_row = true;
            }
            const Operand other = owner == NOBODY ? Operand{*fill_one(), nullptr} : operand(one_, owner, i);
            if (!put(out_row, i, operand(many_, row, i), other))
                return make_error(Code::internal, "multiple matches for labels: grouping labels must ensure unique matches");
        }
        return {};
    }

    // Steps at which the one side stands alone.
    void fill_missing(uint32_t group, std::span<const uint32_t> many, std::span<const uint32_t> one) {
        const std::vector<uint8_t> there = presence(many_, many, count_);
        for (const uint32_t row : one) {
            for (size_t i = 0; i < count_; i++) {
                if (there[i] || owner_[i] != row) continue;
                put(result_row(group, nullptr, &one_.head(row)), i, {*fill_many(), nullptr}, operand(one_, row, i));
            }
        }
    }

    Exec& exec_;
    const Binary& node_;
    const VectorMatching& matching_;
    const bool swapped_;
    const Table& many_;
    const Table& one_;
    const size_t count_;
    LabelIndex groups_;
    LabelIndex out_index_;
    std::unique_ptr<Table> out_;
    LabelFilter result_labels_;
    NoteSink notes_;
    std::vector<uint8_t> many_anywhere_;  // a step at which the many side is empty cannot fail
    std::vector<uint32_t> owner_;         // of the current group, by step
    std::vector<uint8_t> matched_;        // one-to-one: steps of the current group that have a match
    std::vector<uint8_t> taken_;          // cells of out_ that are decided
    std::string bytes_;
    model::LabelsBuilder builder_;
};

}  // namespace

std::string braced_labels(model::LabelsView labels) {
    std::string out = "{";
    for (const model::Label& label : labels) {
        if (out.size() > 1) out += ", ";
        out += label.name;
        out += "=\"";
        for (const char c : label.value) {
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
        out += '"';
    }
    return out + "}";
}

LabelFilter matching_labels(const VectorMatching& matching) {
    return matching.on ? LabelFilter::only(matching.labels) : LabelFilter::all_but(matching.labels, false, true);
}

Result<RowsPtr> match_vectors(Exec& exec, const Binary& node, const Table& lhs, const Table& rhs) {
    return Matcher(exec, node, lhs, rhs).run();
}

Result<RowsPtr> set_operation(Exec& exec, const Binary& node, std::unique_ptr<Table> lhs, std::unique_ptr<Table> rhs) {
    const LabelFilter filter = matching_labels(*node.matching);
    LabelIndex groups(exec.arena());
    const Partners left = find_partners(*lhs, filter, groups);
    const Partners right = find_partners(*rhs, filter, groups);
    const size_t count = lhs->grid().count;
    // Removes the cells of `table`'s rows where the partners' presence is (not) as wanted.
    const auto keep_where = [count](Table& table, const Partners& rows, const Table& others, const Partners& partners, bool wanted) {
        for (size_t group = 0; group < rows.rows.size(); group++) {
            if (rows.rows[group].empty()) continue;
            const std::vector<uint8_t> there = presence(others, partners.of(group), count);
            for (const uint32_t row : rows.rows[group]) {
                const Cells cells = table.cells(row);
                for (size_t i = 0; i < count; i++) {
                    if ((there[i] != 0) == wanted) continue;
                    cells.values[i] = ABSENT;
                    if (cells.has_histograms()) (*cells.histograms)[i].reset();
                }
            }
        }
    };
    if (node.op == BinaryOp::or_) {
        keep_where(*rhs, right, *lhs, left, false);
        rhs->drop_empty_rows();
        for (size_t row = 0; row < rhs->count(); row++) {
            const size_t at = lhs->add(rhs->head(row));
            std::copy_n(rhs->values(row), count, lhs->values(at));
            lhs->histograms(at) = std::move(rhs->histograms(row));
        }
        return RowsPtr(std::move(lhs));
    }
    keep_where(*lhs, left, *rhs, right, node.op == BinaryOp::and_);
    lhs->drop_empty_rows();
    return RowsPtr(std::move(lhs));
}

}  // namespace belfry::promql
