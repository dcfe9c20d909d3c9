#pragma once

#include "base/result.h"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace belfry::ingest::graphite {

/// A reader of Python pickles that knows data and nothing else: None, booleans, numbers, texts, tuples and lists, with
/// their references to each other. No opcode that finds a class, calls anything or makes an object is understood, so a
/// pickle can do nothing here but be wrong. Protocols 0 to 5.
///
/// The format: the opcodes of Python's `pickletools` documentation.
class Pickle {
  public:
    enum class Kind : uint8_t { none, boolean, number, text, sequence };
    using Index = uint32_t;

    /// `bytes` outlive this. Every opcode takes at least a byte, so memory is at most about 60 times their number.
    [[nodiscard]] Status read(std::string_view bytes);

    [[nodiscard]] Index root() const { return root_; }
    [[nodiscard]] Kind kind(Index value) const { return values_[value].kind; }
    [[nodiscard]] double number(Index value) const { return values_[value].number; }  // also of booleans
    [[nodiscard]] std::string_view text(Index value) const { return values_[value].text; }
    [[nodiscard]] const std::vector<Index>& items(Index value) const { return sequences_[values_[value].sequence]; }

    static constexpr size_t STACK_MAX = 100'000;  // values and marks that are not yet in a sequence
    static constexpr size_t INTEGER_BYTES_MAX = 8;

  private:
    struct Value {
        Kind kind = Kind::none;
        uint32_t sequence = 0;
        double number = 0;
        std::string_view text = {};
    };

    [[nodiscard]] Status run(std::string_view rest);
    [[nodiscard]] Status push(Value value);
    [[nodiscard]] Status push_number(double number) { return push({.kind = Kind::number, .number = number}); }
    [[nodiscard]] Status push_text(std::string_view text) { return push({.kind = Kind::text, .text = text}); }
    [[nodiscard]] Status push_sequence(size_t first);  // of the stack from `first` on
    [[nodiscard]] Status append(size_t first);         // the stack from `first` on to the list below it
    [[nodiscard]] Result<size_t> pop_mark();
    [[nodiscard]] Status put(uint64_t key);
    [[nodiscard]] Status get(uint64_t key);
    [[nodiscard]] Status decimal(std::string_view word, bool booleans);
    [[nodiscard]] Status quoted(std::string_view word);
    [[nodiscard]] Status escaped(std::string_view word);

    std::vector<Value> values_;
    std::deque<std::vector<Index>> sequences_;
    std::vector<Index> stack_;
    std::vector<size_t> marks_;  // heights of the stack
    std::unordered_map<uint64_t, Index> memo_;
    std::deque<std::string> texts_;  // that had escapes
    Index root_ = 0;
};

}  // namespace belfry::ingest::graphite
