#include "query/promql/annotations.h"

#include "query/promql/ast.h"

namespace belfry::promql {

void Annotations::warn(std::string message, Span at) { warnings_.insert({std::move(message), at.from}); }
void Annotations::info(std::string message, Span at) { infos_.insert({std::move(message), at.from}); }

void Annotations::merge(const Annotations& other) {
    warnings_.insert(other.warnings_.begin(), other.warnings_.end());
    infos_.insert(other.infos_.begin(), other.infos_.end());
}

std::vector<std::string> Annotations::render(const std::set<Note>& notes, std::string_view kind, std::string_view text) {
    std::vector<std::string> out;
    out.reserve(notes.size());
    for (const Note& note : notes)
        out.push_back(fmt::format("PromQL {}: {} ({})", kind, note.message, line_and_column(text, note.from)));
    std::sort(out.begin(), out.end());
    return out;
}

std::vector<std::string> Annotations::warnings(std::string_view text) const { return render(warnings_, "warning", text); }
std::vector<std::string> Annotations::infos(std::string_view text) const { return render(infos_, "info", text); }

std::string for_metric(std::string_view name) {
    return name.empty() ? std::string() : fmt::format(" for metric name \"{}\"", name);
}

}  // namespace belfry::promql
