#include "support/promql_script.h"

#include "base/clock.h"
#include "base/number.h"
#include "query/promql/engine.h"
#include "query/workers.h"
#include "support/memory_source.h"
#include "support/promql_notation.h"

#include <re2/re2.h>

#include <map>
#include <set>
#include <stdexcept>

namespace belfry::test {
namespace {

using promql::QueryResult;

struct Expectation {
    std::string kind;     // fail, warn, info, no_warn, no_info, ordered
    std::string how;      // "", msg, regex
    std::string text;
};

struct Eval {
    size_t line = 0;
    std::string expr;
    int64_t start_ms = 0;
    int64_t end_ms = 0;
    int64_t step_ms = 0;  // 0: instant
    std::vector<Expectation> expect;
    std::vector<NotedSeries> series;
    std::optional<double> scalar;
    std::optional<std::string> string;
    bool range_vector = false;
    int64_t range_start_ms = 0;
    int64_t range_step_ms = 0;

    [[nodiscard]] bool expects(std::string_view kind) const {
        return std::any_of(expect.begin(), expect.end(), [&](const Expectation& e) { return e.kind == kind; });
    }
};

std::string_view trimmed(std::string_view s) {
    while (!s.empty() && std::isspace(static_cast<unsigned char>(s.front()))) s.remove_prefix(1);
    while (!s.empty() && std::isspace(static_cast<unsigned char>(s.back()))) s.remove_suffix(1);
    return s;
}

// The next word; `text` goes behind it and the blanks after.
std::string_view take_word(std::string_view& text) {
    size_t n = 0;
    while (n < text.size() && !std::isspace(static_cast<unsigned char>(text[n]))) n++;
    const std::string_view word = text.substr(0, n);
    text = trimmed(text.substr(n));
    return word;
}

class Player {
  public:
    Player(std::string_view text, const ScriptOptions& options) : options_(options) {
        while (!text.empty()) {
            const size_t end = text.find('\n');
            std::string_view line = trimmed(text.substr(0, end));
            if (line.starts_with("#")) line = {};
            lines_.push_back(line);
            text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        }
    }

    ScriptReport play() {
        size_t i = 0;
        while (i < lines_.size()) {
            const size_t number = i + 1;
            std::string_view head = lines_[i++];
            if (head.empty()) continue;
            std::string_view rest = head;
            const std::string_view word = take_word(rest);
            if (word == "clear") {
                source_.clear();
                histogram_names_.clear();
                continue;
            }
            std::vector<std::string_view> body;
            while (i < lines_.size() && !lines_[i].empty()) body.push_back(lines_[i++]);
            try {
                if (word.starts_with("load")) load(word, rest, body);
                else evaluate(parse_eval(number, word, rest, body));
            } catch (const std::exception& e) {
                fail(number, head, e.what());
            }
        }
        return std::move(report_);
    }

  private:
    void fail(size_t line, std::string_view what, std::string_view why) {
        report_.failed++;
        report_.failures.push_back(fmt::format("line {}: {}: {}", line, what, why));
    }

    void load(std::string_view word, std::string_view step_text, const std::vector<std::string_view>& body) {
        const int64_t step_ms = parse_noted_duration(step_text);
        std::vector<NotedSeries> loaded;
        std::vector<std::pair<model::Labels, std::vector<std::optional<int64_t>>>> starts;
        for (const std::string_view line : body) {
            std::string_view rest = line;
            if (const std::string_view name = take_word(rest); name.ends_with("@st")) {
                starts.emplace_back(parse_noted_series(std::string(name.substr(0, name.size() - 3)) + " _").labels, parse_noted_starts(rest));
                continue;
            }
            loaded.push_back(parse_noted_series(line));
        }
        if (word == "load_with_nhcb") {
            std::vector<NotedSeries> made = custom_bucket_series(loaded);
            loaded.insert(loaded.end(), made.begin(), made.end());
        }
        for (const NotedSeries& series : loaded) {
            if (series.has_histograms()) histogram_names_.emplace(series.labels.get(model::METRIC_NAME));
            for (size_t i = 0; i < series.points.size(); i++) {
                const NotedPoint& point = series.points[i];
                const int64_t t = static_cast<int64_t>(i) * step_ms;
                if (point.kind == NotedPoint::Kind::value) source_.add(series.labels, t, point.value);
                else if (point.kind == NotedPoint::Kind::histogram && options_.native) source_.add(series.labels, t, point.histogram);
            }
        }
        for (const auto& [labels, offsets] : starts) {
            for (size_t i = 0; i < offsets.size(); i++) {
                const int64_t t = static_cast<int64_t>(i) * step_ms;
                if (offsets[i] && (options_.native || !histogram_names_.contains(std::string(labels.get(model::METRIC_NAME)))))
                    source_.set_start(labels, t, t + *offsets[i]);
            }
        }
    }

    static Eval parse_eval(size_t line, std::string_view word, std::string_view rest, const std::vector<std::string_view>& body) {
        Eval out;
        out.line = line;
        if (const size_t cut = word.find('_'); cut != std::string_view::npos) out.expect.push_back({std::string(word.substr(cut + 1)), "", ""});
        const std::string_view mode = take_word(rest);
        if (mode == "instant") {
            if (rest.starts_with("at ")) {
                (void)take_word(rest);
                out.start_ms = out.end_ms = parse_noted_duration(take_word(rest));
            }
        } else {
            (void)take_word(rest);  // from
            out.start_ms = parse_noted_duration(take_word(rest));
            (void)take_word(rest);  // to
            out.end_ms = parse_noted_duration(take_word(rest));
            (void)take_word(rest);  // step
            out.step_ms = parse_noted_duration(take_word(rest));
        }
        out.expr = std::string(rest);
        static const re2::RE2 NUMBER("[+-]?(?:\\d+(?:\\.\\d*)?(?:[eE][+-]?\\d+)?|\\.\\d+(?:[eE][+-]?\\d+)?|(?i:inf|nan))");
        for (std::string_view text : body) {
            if (text.starts_with("expected_fail_")) continue;
            std::string_view words = text;
            if (take_word(words) != "expect") {
                if (re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), NUMBER)) out.scalar = parse_double(text);
                else out.series.push_back(parse_noted_series(text));
                continue;
            }
            const std::string_view kind = take_word(words);
            if (kind == "string") {
                out.string = parse_noted_string(words).first;
            } else if (kind == "range") {  // range vector from A to B step C
                (void)take_word(words);
                (void)take_word(words);
                out.range_vector = true;
                out.range_start_ms = parse_noted_duration(take_word(words));
                (void)take_word(words);
                out.start_ms = out.end_ms = parse_noted_duration(take_word(words));
                (void)take_word(words);
                out.range_step_ms = parse_noted_duration(take_word(words));
            } else {
                Expectation e{std::string(kind), "", ""};
                if (const size_t colon = words.find(':'); colon != std::string_view::npos) {
                    e.how = std::string(words.substr(0, colon));
                    e.text = std::string(trimmed(words.substr(colon + 1)));
                }
                out.expect.push_back(std::move(e));
            }
        }
        return out;
    }

    [[nodiscard]] bool needs_native(const Eval& eval) const {
        if (std::any_of(eval.series.begin(), eval.series.end(), [](const NotedSeries& s) { return s.has_histograms(); })) return true;
        if (histogram_names_.empty()) return false;
        if (eval.expr.find("__name__") != std::string::npos) return true;
        std::string plain = eval.expr;
        static const re2::RE2 QUOTED("\"[^\"]*\"");
        re2::RE2::GlobalReplace(&plain, QUOTED, "");
        static const re2::RE2 BARE("(?:^|[^\\w:])\\{");
        if (re2::RE2::PartialMatch(plain, BARE)) return true;
        static const re2::RE2 NAME("([A-Za-z_:][\\w:]*)");
        re2::StringPiece input(plain);
        std::string name;
        while (re2::RE2::FindAndConsume(&input, NAME, &name))
            if (histogram_names_.contains(name)) return true;
        return std::any_of(histogram_names_.begin(), histogram_names_.end(),
                           [&](const std::string& n) { return eval.expr.find('"' + n + '"') != std::string::npos; });
    }

    Result<QueryResult> query(const std::string& expr, int64_t start, int64_t end, int64_t step) {
        query::Budget budget({}, system_clock());
        const promql::Engine engine(source_, workers_);
        if (step == 0) return engine.run_instant(expr, start, {}, budget);
        return engine.run_range(expr, {start, end, step}, {}, budget);
    }

    void evaluate(const Eval& eval) {
        if (!options_.native && needs_native(eval)) {
            report_.skipped++;
            return;
        }
        const Result<QueryResult> result = query(eval.expr, eval.start_ms, eval.end_ms, eval.step_ms);
        std::string wrong = check(eval, result);
        if (wrong.empty() && options_.also_range) wrong = check_as_range(eval, result);
        if (wrong.empty()) report_.passed++;
        else fail(eval.line, eval.expr, wrong);
    }

    static std::string check(const Eval& eval, const Result<QueryResult>& result) {
        for (const Expectation& e : eval.expect) {
            if (e.kind != "fail") continue;
            if (result.ok()) return "an error is expected";
            const std::string& message = result.error().message;
            if (e.how == "msg" && message.find(e.text) == std::string::npos) return fmt::format("error: want {}, got {}", e.text, message);
            if (e.how == "regex" && !re2::RE2::PartialMatch(message, e.text)) return fmt::format("error: want {}, got {}", e.text, message);
            return {};
        }
        if (!result.ok()) return result.error().message;
        if (std::string wrong = check_values(eval, *result); !wrong.empty()) return wrong;
        if (std::string wrong = check_notes(eval, "warn", result->warnings); !wrong.empty()) return wrong;
        return check_notes(eval, "info", result->infos);
    }

    static std::string check_notes(const Eval& eval, const std::string& kind, const std::vector<std::string>& got) {
        if (eval.expects("no_" + kind) && !got.empty()) return fmt::format("unexpected {}: {}", kind, got[0]);
        if (!eval.expects(kind)) return {};
        const auto matches = [](const Expectation& e, const std::string& note) {
            return e.how.empty() || (e.how == "msg" ? note == e.text : re2::RE2::PartialMatch(note, e.text));
        };
        for (const Expectation& e : eval.expect) {
            if (e.kind != kind) continue;
            if (std::none_of(got.begin(), got.end(), [&](const std::string& note) { return matches(e, note); }))
                return fmt::format("no {} like {}, got {}", kind, e.text, got.empty() ? "none" : got[0]);
        }
        for (const std::string& note : got)
            if (std::none_of(eval.expect.begin(), eval.expect.end(), [&](const Expectation& e) { return e.kind == kind && matches(e, note); }))
                return fmt::format("extra {}: {}", kind, note);
        return {};
    }

    static std::string check_values(const Eval& eval, const QueryResult& result) {
        if (result.kind == QueryResult::Kind::string) {
            if (eval.string && *eval.string == result.string) return {};
            return fmt::format("got string {}", result.string);
        }
        if (result.kind == QueryResult::Kind::scalar) {
            if (eval.scalar && nearly_equal(*eval.scalar, result.scalar)) return {};
            return fmt::format("got scalar {}", result.scalar);
        }
        if (eval.scalar) return "a scalar is expected";
        std::map<std::string, size_t> wanted;
        for (size_t i = 0; i < eval.series.size(); i++) wanted[eval.series[i].labels.bytes()] = i;
        std::set<std::string> seen;
        for (size_t i = 0; i < result.series.size(); i++) {
            const promql::ResultSeries& got = result.series[i];
            const auto found = wanted.find(got.labels.bytes());
            if (found == wanted.end()) return fmt::format("unexpected series {}{}", got.labels.to_string(), show(got));
            if (!seen.insert(got.labels.bytes()).second) return fmt::format("doubled series {}", got.labels.to_string());
            if (eval.expects("ordered") && found->second != i) return fmt::format("{} at place {}", got.labels.to_string(), i);
            const NotedSeries& want = eval.series[found->second];
            std::string wrong;
            if (result.kind == QueryResult::Kind::vector) wrong = check_samples(want, got, eval.start_ms, 1, 1);
            else if (eval.range_vector) wrong = check_samples(want, got, eval.range_start_ms, eval.range_step_ms, want.points.size());
            else wrong = check_samples(want, got, eval.start_ms, eval.step_ms, want.points.size());
            if (!wrong.empty()) return fmt::format("{}: {}", got.labels.to_string(), wrong);
        }
        for (const NotedSeries& want : eval.series)
            if (!seen.contains(want.labels.bytes())) return fmt::format("missing series {}", want.labels.to_string());
        return {};
    }

    static std::string show(const promql::ResultSeries& series) {
        std::string out;
        for (size_t i = 0; i < std::min<size_t>(series.samples.size(), 5); i++) out += fmt::format(" {}@{}", series.samples.values[i], series.samples.times_ms[i]);
        return out;
    }

    static std::string check_samples(const NotedSeries& want, const promql::ResultSeries& got, int64_t start, int64_t step, size_t count) {
        size_t k = 0;
        const model::SampleColumns& samples = got.samples;
        for (size_t i = 0; i < count; i++) {
            const NotedPoint& point = want.points[i];
            if (point.kind == NotedPoint::Kind::none) continue;
            const int64_t t = start + static_cast<int64_t>(i) * step;
            if (k >= samples.size()) return fmt::format("nothing at {} ms, got{}", t, show(got));
            if (samples.times_ms[k] != t) return fmt::format("want a sample at {} ms, got{}", t, show(got));
            const bool is_histogram = !samples.histograms.empty() && samples.histograms[k];
            if (is_histogram != (point.kind == NotedPoint::Kind::histogram)) return fmt::format("want a {} at {} ms", is_histogram ? "float" : "histogram", t);
            if (is_histogram) {
                if (std::string wrong = histogram_difference(*point.histogram, *samples.histograms[k], false); !wrong.empty())
                    return fmt::format("at {} ms {}", t, wrong);
            } else if (!nearly_equal(point.value, samples.values[k])) {
                return fmt::format("at {} ms want {}, got {}", t, point.value, samples.values[k]);
            }
            k++;
        }
        if (k != samples.size()) return fmt::format("more samples than wanted:{}", show(got));
        return {};
    }

    // An instant query and the middle step of a range query must agree.
    std::string check_as_range(const Eval& eval, const Result<QueryResult>& instant) {
        static const re2::RE2 DEPENDS_ON_RANGE("(?i)(start|end|range|step)\\(\\)");
        if (!instant.ok() || eval.step_ms != 0 || eval.expects("ordered") || eval.expects("fail") ||
            (instant->kind != QueryResult::Kind::vector && instant->kind != QueryResult::Kind::scalar) ||
            re2::RE2::PartialMatch(eval.expr, DEPENDS_ON_RANGE))
            return {};
        Result<QueryResult> range = query(eval.expr, eval.start_ms - 60'000, eval.start_ms + 60'000, 60'000);
        if (!range.ok()) return "as a range: " + range.error().message;
        QueryResult middle;
        middle.kind = QueryResult::Kind::vector;
        for (const promql::ResultSeries& series : range->series) {
            for (size_t i = 0; i < series.samples.size(); i++) {
                if (series.samples.times_ms[i] != eval.start_ms) continue;
                promql::ResultSeries one{series.labels, {{eval.start_ms}, {series.samples.values[i]}, {}}};
                if (!series.samples.histograms.empty()) one.samples.histograms = {series.samples.histograms[i]};
                middle.series.push_back(std::move(one));
            }
        }
        if (eval.scalar) {
            middle.kind = QueryResult::Kind::scalar;
            middle.scalar = middle.series.empty() ? std::numeric_limits<double>::quiet_NaN() : middle.series[0].samples.values[0];
        }
        std::string wrong = check_values(eval, middle);
        return wrong.empty() ? wrong : "as a range: " + wrong;
    }

    ScriptOptions options_;
    std::vector<std::string_view> lines_;
    MemorySource source_;
    query::Workers workers_{1};
    std::set<std::string> histogram_names_;
    ScriptReport report_;
};

}  // namespace

ScriptReport run_promql_script(std::string_view text, const ScriptOptions& options) { return Player(text, options).play(); }

}  // namespace belfry::test
