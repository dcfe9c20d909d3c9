// `belfry check-rules`: rule files without a server.
#include "alarm/rules/rule_file.h"
#include "app/cli/commands.h"

namespace belfry::app {
namespace {

constexpr size_t FILE_BYTES_MAX = 16 << 20;

Result<std::string> read_input(const std::string& path, std::FILE* input) {
    if (path != "-") return alarm::read_text_file(path, FILE_BYTES_MAX);
    std::string out;
    char buffer[65'536];
    for (size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, input)) > 0;) {
        out.append(buffer, n);
        if (out.size() > FILE_BYTES_MAX)
            return make_error(Code::exhausted, "standard input has more than {} bytes", FILE_BYTES_MAX);
    }
    return out;
}

std::string count(size_t n, std::string_view noun) {
    return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

void write_texts(JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
    json.key(key).begin_array();
    for (const std::string& text : texts)
        json.string(text);
    json.end_array();
}

}  // namespace

Outcome check_rules_command(const config::CommandLine& line, std::FILE* input) {
    Outcome out;
    JsonWriter json;
    json.begin_array();
    for (const std::string& path : line.files) {
        alarm::RuleFile file;
        const Result<std::string> text = read_input(path, input);
        if (text.ok())
            file = alarm::parse_rule_file(*text, path, {.file_bytes_max = FILE_BYTES_MAX});
        else
            file.errors.push_back(text.error().message);
        if (!file.errors.empty()) out.status = 1;
        json.begin_object()
            .field("file", path)
            .field("ok", file.errors.empty())
            .field("groups", file.groups.size())
            .field("rules", file.rule_count());
        write_texts(json, "errors", file.errors);
        write_texts(json, "warnings", file.warnings);
        json.end_object();
        if (line.json) continue;
        for (const std::string& error : file.errors)
            out.err += error + "\n";
        for (const std::string& warning : file.warnings)
            out.err += warning + " (allowed)\n";
        if (file.errors.empty())
            out.out += fmt::format("{}: {} in {}, all right\n", path, count(file.rule_count(), "rule"),
                                   count(file.groups.size(), "group"));
    }
    json.end_array();
    if (line.json) out.out = json.take() + "\n";
    return out;
}

}  // namespace belfry::app
