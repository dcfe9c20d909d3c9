#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::promql {

struct Span;

/// What a query wants to tell beside its answer: warnings (the answer may be wrong) and infos (it may surprise), each
/// with the place in the text it speaks of. Equal ones are kept once. One thread at a time; `merge` joins those of several.
class Annotations {
  public:
    void warn(std::string message, Span at);
    void info(std::string message, Span at);
    void merge(const Annotations& other);

    [[nodiscard]] bool empty() const { return warnings_.empty() && infos_.empty(); }
    /// "PromQL warning: message (line:col)", sorted.
    [[nodiscard]] std::vector<std::string> warnings(std::string_view text) const;
    /// "PromQL info: message (line:col)", sorted.
    [[nodiscard]] std::vector<std::string> infos(std::string_view text) const;

  private:
    struct Note {
        std::string message;
        uint32_t from = 0;
        friend auto operator<=>(const Note&, const Note&) = default;
    };
    static std::vector<std::string> render(const std::set<Note>& notes, std::string_view kind, std::string_view text);
    std::set<Note> warnings_;
    std::set<Note> infos_;
};

/// ` for metric name "x"`, or nothing when the name is not known.
[[nodiscard]] std::string for_metric(std::string_view name);

}  // namespace belfry::promql
