#pragma once

#include "base/result.h"
#include "model/labels.h"
#include "model/metric_batch.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::codec {

/// Text exposition formats: Prometheus 0.0.4 (timestamps in ms) and OpenMetrics 1.0 (timestamps in s, `# EOF`, units,
/// exemplars). Quoted names (`{"a.b", "c.d"="e"}`) are read in both.
enum class ExpositionFormat { text, open_metrics };

/// By its content type, and by a last line `# EOF`, which only OpenMetrics has.
[[nodiscard]] ExpositionFormat exposition_format(std::string_view content_type, std::string_view text);

/// One line that says something. Views are valid while the text is, except `help` when it has escapes: until the next
/// line.
struct ExpositionLine {
    enum class Kind { sample, help, type, unit, eof };
    Kind kind = Kind::sample;
    std::string_view series;  // sample: the text of name and labels; equal text means equal labels
    double value = 0;
    std::optional<int64_t> time_ms;
    bool has_exemplar = false;         // one followed
    std::string_view exemplar_labels;  // its text with braces, for decode_exemplar_labels
    double exemplar_value = 0;
    std::optional<int64_t> exemplar_time_ms;
    std::string_view name;  // help, type, unit: of what metric
    model::MetricType type = model::MetricType::unknown;
    std::string_view text;  // help, unit
};

/// Reads line by line. A bad line is an `invalid` error that names its number; the next call goes on behind it.
class ExpositionParser {
  public:
    ExpositionParser(std::string_view text, ExpositionFormat format) : rest_(text), format_(format) {}

    /// Nothing at the end of the text.
    [[nodiscard]] Result<std::optional<ExpositionLine>> next();
    /// What the next sample's series probably is, as in the text before this one: when it is, it is compared, not
    /// parsed.
    void expect(std::string_view series) { expected_ = series; }
    /// Number of the line that `next` gave or refused last, from 1.
    [[nodiscard]] uint64_t line_number() const { return line_number_; }
    /// That line.
    [[nodiscard]] std::string_view line() const { return line_; }

  private:
    [[nodiscard]] Result<std::optional<ExpositionLine>> read_line(std::string_view line);
    [[nodiscard]] Result<std::optional<ExpositionLine>> read_comment(std::string_view line);

    [[nodiscard]] bool is_expected(std::string_view line) const;

    std::string_view rest_;
    std::string_view expected_;
    ExpositionFormat format_;
    std::string_view line_;
    uint64_t line_number_ = 0;
    std::string unescaped_;  // of the last HELP
    std::string unescaped_name_;
};

/// The labels of `ExpositionLine::series`; what has escapes is put into `arena` and viewed there (strings that `arena`
/// held before may move).
[[nodiscard]] Status decode_exposition_labels(std::string_view series,
                                              std::vector<model::Label>& labels,
                                              std::vector<std::string>& arena);

/// The same for `ExpositionLine::exemplar_labels`, which has no metric name.
[[nodiscard]] Status decode_exemplar_labels(std::string_view text,
                                            std::vector<model::Label>& labels,
                                            std::vector<std::string>& arena);

}  // namespace belfry::codec
