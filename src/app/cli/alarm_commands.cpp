// `belfry alarms` and `belfry notify`: what rings, and what is done about it.
#include "app/cli/commands.h"
#include "app/cli/table.h"
#include "base/number.h"
#include "http/url.h"

namespace belfry::app {
namespace {

constexpr const char* ALARMS = "/api/v1/belfry/alarms";
constexpr const char* METHODS = "/api/v1/belfry/notification-methods";
constexpr size_t PAGE = 1'000;

std::string labels_text(const JsonView& labels) {
    std::string out;
    for (const std::string& name : labels.keys())
        out += fmt::format("{}{}={}", out.empty() ? "" : " ", name, labels.get(name).as_string().value_or(""));
    return out;
}

/// A whole id, or the beginning of one that fits a single alarm.
Result<std::string> resolve(const Remote& remote, const std::string& text) {
    if (text.size() >= 36) return text;
    std::vector<std::string> found;
    for (size_t offset = 0;; offset += PAGE) {
        const JsonView list = TRY(remote.call(
            "GET", fmt::format("{}?limit={}&offset={}&q={}", ALARMS, PAGE, offset, http::percent_encode(text))));
        const JsonView alarms = list.get("alarms");
        for (size_t i = 0; i < alarms.size(); ++i) {
            std::string id = alarms.at(i).string_or("id", "");
            if (id.starts_with(text)) found.push_back(std::move(id));
        }
        if (alarms.size() < PAGE) break;
    }
    if (found.size() == 1) return found.front();
    if (found.empty()) return make_error(Code::not_found, "there is no alarm {}", text);
    return make_error(Code::invalid, "{} alarms begin with {}: write more of the id", found.size(), text);
}

std::string path_of(const std::string& id, std::string_view rest = "") {
    return fmt::format("{}/{}{}", ALARMS, http::percent_encode(id), rest);
}

Result<std::string> quiet_body(const config::CommandLine& line, int64_t now_ms) {
    JsonWriter json;
    json.begin_object().field("reason", line.reason);
    if (!line.expires.empty()) {
        const auto length_ms = parse_duration_ms(line.expires);
        if (!length_ms || *length_ms <= 0)
            return make_error(Code::invalid, "--for {}: a time like 2h or 3d", line.expires);
        json.field("until_ms", now_ms + *length_ms);
    }
    json.end_object();
    return json.take();
}

/// What is told of an alarm in ALARM: the methods of its definition, by id.
Result<std::vector<std::string>> methods_of(const JsonView& detail) {
    std::vector<std::string> out;
    const JsonView actions = detail.get("definition").get("alarm_actions");
    for (size_t i = 0; i < actions.size(); ++i)
        out.push_back(actions.at(i).as_string().value_or(""));
    return out;
}

/// Sends a test message; one row of a table.
struct Tested {
    bool ok = false;
    JsonView answer;
    std::string error;
};
Tested test_method(const Remote& remote, const std::string& id) {
    auto answer = remote.call("POST", fmt::format("{}/{}/test", METHODS, http::percent_encode(id)));
    if (!answer.ok()) return {.ok = false, .answer = {}, .error = answer.error().message};
    return {.ok = answer->bool_or("ok", false), .answer = *answer, .error = answer->string_or("detail", "")};
}

}  // namespace

Outcome alarms_list_command(const config::CommandLine& line, const Remote& remote) {
    std::string query = fmt::format("?limit={}", PAGE);
    if (!line.state.empty()) query += "&state=" + http::percent_encode(line.state);
    if (!line.severity.empty()) query += "&severity=" + http::percent_encode(line.severity);
    if (!line.expression.empty()) query += "&q=" + http::percent_encode(line.expression);
    auto answer = remote.call("GET", ALARMS + query);
    if (!answer.ok()) return failed(answer.error());
    if (line.json) return {.out = answer->dump() + "\n"};
    std::vector<std::vector<std::string>> rows = {{"ID", "STATE", "SEVERITY", "SINCE", "NAME", "LABELS", ""}};
    const JsonView alarms = answer->get("alarms");
    for (size_t i = 0; i < alarms.size(); ++i) {
        const JsonView a = alarms.at(i);
        std::string note;
        if (!a.get("acknowledged").is_null()) note = "acknowledged by " + a.get("acknowledged").string_or("by", "");
        if (!a.get("muted_until_ms").is_null())
            note += fmt::format("{}muted until {}", note.empty() ? "" : ", ",
                                format_time_ms(a.int_or("muted_until_ms", 0)));
        rows.push_back({a.string_or("id", "").substr(0, 8), a.string_or("state", ""), a.string_or("severity", ""),
                        format_time_ms(a.int_or("since_ms", 0)), a.string_or("name", ""), labels_text(a.get("labels")),
                        note});
    }
    std::string out = format_table(rows);
    const auto total = static_cast<size_t>(answer->int_or("total", 0));
    if (total > alarms.size())
        out += fmt::format("{} of {}; narrow it with --state, --severity or words\n", alarms.size(), total);
    const JsonView counts = answer->get("counts");
    out += fmt::format("{} ring, {} without data, {} OK\n", counts.int_or("ALARM", 0), counts.int_or("UNDETERMINED", 0),
                       counts.int_or("OK", 0));
    return {.out = out};
}

Outcome alarms_show_command(const config::CommandLine& line, const Remote& remote) {
    const auto id = resolve(remote, line.alarm_id);
    if (!id.ok()) return failed(id.error());
    auto answer = remote.call("GET", path_of(*id));
    if (!answer.ok()) return failed(answer.error());
    if (line.json) return {.out = answer->dump() + "\n"};
    const JsonView a = answer->get("alarm");
    std::vector<std::vector<std::string>> rows = {
        {"id", a.string_or("id", "")},
        {"state", a.string_or("state", "")},
        {"severity", a.string_or("severity", "")},
        {"labels", labels_text(a.get("labels"))},
        {"reason", a.string_or("reason", "")},
        {"expression", answer->get("definition").string_or("expression", "-")}};
    for (const std::string& name : a.get("annotations").keys())
        rows.push_back({name, a.get("annotations").get(name).as_string().value_or("")});
    if (const JsonView ack = a.get("acknowledged"); !ack.is_null())
        rows.push_back(
            {"acknowledged", fmt::format("by {}: {}", ack.string_or("by", ""), ack.string_or("reason", ""))});
    if (!a.get("muted_until_ms").is_null())
        rows.push_back({"muted until", format_time_ms(a.int_or("muted_until_ms", 0))});
    const JsonView told = answer->get("notified");
    for (size_t i = 0; i < told.size(); ++i) {
        const JsonView n = told.at(i);
        rows.push_back(
            {"told", fmt::format("{} {} {} {}", format_time_ms(n.int_or("at_ms", 0)), n.string_or("method", ""),
                                 n.string_or("status", ""), n.string_or("detail", ""))});
    }
    return {.out = answer->string_or("words", "") + "\n" + format_table(rows)};
}

Outcome alarms_history_command(const config::CommandLine& line, const Remote& remote) {
    const auto id = resolve(remote, line.alarm_id);
    if (!id.ok()) return failed(id.error());
    auto answer = remote.call("GET", path_of(*id, "/history?limit=100"));
    if (!answer.ok()) return failed(answer.error());
    if (line.json) return {.out = answer->dump() + "\n"};
    std::vector<std::vector<std::string>> rows = {{"TIME", "WHAT", "BY", "REASON"}};
    const JsonView entries = answer->get("entries");
    for (size_t i = 0; i < entries.size(); ++i) {
        const JsonView e = entries.at(i);
        const bool transition = e.string_or("kind", "") == "transition";
        rows.push_back({format_time_ms(e.int_or("at_ms", 0)),
                        transition ? e.string_or("old", "") + " -> " + e.string_or("new", "") : e.string_or("kind", ""),
                        e.string_or("by", ""), e.string_or("reason", "")});
    }
    return {.out = format_table(rows)};
}

Outcome alarms_quiet_command(const config::CommandLine& line, const Remote& remote, Clock& clock) {
    const bool mute = line.command == config::Command::alarms_mute;
    const auto id = resolve(remote, line.alarm_id);
    if (!id.ok()) return failed(id.error());
    const std::string path = path_of(*id, mute ? "/mute" : "/ack");
    std::string body;
    if (!line.remove) {
        if (line.reason.empty()) return failed(make_error(Code::invalid, "--reason is needed"));
        if (mute && line.expires.empty())
            return failed(make_error(Code::invalid, "--for is needed: a mute has an end"));
        auto made = quiet_body(line, clock.now_ms());
        if (!made.ok()) return failed(made.error());
        body = std::move(*made);
    }
    auto answer = remote.call(line.remove ? "DELETE" : "POST", path, body);
    if (!answer.ok()) return failed(answer.error());
    if (line.json) return {.out = answer->dump() + "\n"};
    const std::string name = answer->string_or("name", *id);
    if (line.remove) return {.out = fmt::format("{} is no longer {}.\n", name, mute ? "muted" : "acknowledged")};
    return {.out = fmt::format("{} is {}.\n", name, mute ? "muted" : "acknowledged")};
}

// A made-up message to everybody whom the alarm would wake.
Outcome alarms_test_command(const config::CommandLine& line, const Remote& remote) {
    const auto id = resolve(remote, line.alarm_id);
    if (!id.ok()) return failed(id.error());
    auto detail = remote.call("GET", path_of(*id));
    if (!detail.ok()) return failed(detail.error());
    const auto methods = methods_of(*detail);
    if (!methods.ok()) return failed(methods.error());
    Outcome out;
    JsonWriter json;
    json.begin_object().key("tested").begin_array();
    std::vector<std::vector<std::string>> rows = {{"METHOD", "OK", "DETAIL"}};
    for (const std::string& method : *methods) {
        const Tested tested = test_method(remote, method);
        if (!tested.ok) out.status = 1;
        const auto known = remote.call("GET", fmt::format("{}/{}", METHODS, http::percent_encode(method)));
        const std::string name = known.ok() ? known->string_or("name", method) : method;
        rows.push_back({name, tested.ok ? "yes" : "no", tested.error});
        json.begin_object()
            .field("id", method)
            .field("method", name)
            .field("ok", tested.ok)
            .field("detail", tested.error);
        json.end_object();
    }
    json.end_array().end_object();
    if (line.json)
        out.out = json.take() + "\n";
    else if (methods->empty())
        out.out = "Its definition names no notification methods: only routes, if there are any, tell of it.\n";
    else
        out.out = format_table(rows);
    return out;
}

Outcome notify_test_command(const config::CommandLine& line, const Remote& remote) {
    std::string id = line.method;
    const auto list = remote.call("GET", METHODS);
    if (!list.ok()) return failed(list.error());
    const JsonView methods = list->get("methods").is_array() ? list->get("methods") : list->get("notification_methods");
    for (size_t i = 0; i < methods.size(); ++i)
        if (methods.at(i).string_or("name", "") == line.method) id = methods.at(i).string_or("id", id);
    const Tested tested = test_method(remote, id);
    if (tested.answer.is_null()) return {.status = 1, .out = {}, .err = "belfry: " + tested.error + "\n"};
    Outcome out{.status = tested.ok ? 0 : 1, .out = {}, .err = {}};
    if (line.json)
        out.out = tested.answer.dump() + "\n";
    else
        out.out = fmt::format("{}: {} ({} ms){}{}\n", line.method, tested.ok ? "arrived" : "failed",
                              tested.answer.int_or("took_ms", 0), tested.error.empty() ? "" : ": ", tested.error);
    return out;
}

}  // namespace belfry::app
