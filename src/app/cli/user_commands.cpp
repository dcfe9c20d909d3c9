// `belfry user`: who logs in by name and password.
#include "app/cli/commands.h"
#include "app/cli/table.h"
#include "http/url.h"

namespace belfry::app {
namespace {

constexpr size_t PASSWORD_BYTES_MAX = 1024;

/// The first line.
Result<std::string> read_password(std::FILE* input) {
    std::string out;
    for (int c = std::fgetc(input); c != EOF && c != '\n'; c = std::fgetc(input)) {
        out += static_cast<char>(c);
        if (out.size() > PASSWORD_BYTES_MAX)
            return make_error(Code::invalid, "the password has more than {} bytes", PASSWORD_BYTES_MAX);
    }
    if (out.ends_with('\r')) out.pop_back();
    if (out.empty()) return make_error(Code::invalid, "no password on standard input");
    return out;
}

std::string projects_text(const JsonView& projects) {
    std::string out;
    for (const std::string& project : projects.keys()) {
        out += (out.empty() ? "" : "; ") + project + ":";
        const JsonView roles = projects.get(project);
        for (size_t i = 0; i < roles.size(); ++i)
            out += (i == 0 ? " " : ", ") + roles.at(i).as_string().value_or("");
    }
    return out;
}

}  // namespace

Outcome user_add_command(const config::CommandLine& line, const Remote& remote, std::FILE* input) {
    const auto password = read_password(input);
    if (!password.ok()) return failed(password.error());
    JsonWriter json;
    json.begin_object().field("name", line.user_name).field("project", line.project).key("roles").begin_array();
    for (const std::string& role : line.roles)
        json.string(role);
    json.end_array().field("password", *password).end_object();
    auto answer = remote.call("POST", "/api/v1/belfry/users", json.text());
    if (!answer.ok()) return failed(answer.error());
    if (line.json) return {.out = answer->dump() + "\n"};
    return {.out = fmt::format("The user {} may log in to project {}.\n", line.user_name, line.project)};
}

Outcome user_list_command(const config::CommandLine& line, const Remote& remote) {
    auto answer = remote.call("GET", "/api/v1/belfry/users");
    if (!answer.ok()) return failed(answer.error());
    if (line.json) return {.out = answer->dump() + "\n"};
    std::vector<std::vector<std::string>> rows = {{"NAME", "STATE", "CREATED", "PROJECTS"}};
    const JsonView users = answer->get("users");
    for (size_t i = 0; i < users.size(); ++i) {
        const JsonView u = users.at(i);
        rows.push_back({u.string_or("name", ""), u.bool_or("enabled", false) ? "enabled" : "disabled",
                        format_time_ms(u.int_or("created_ms", 0)), projects_text(u.get("projects"))});
    }
    return {.out = format_table(rows)};
}

Outcome user_remove_command(const config::CommandLine& line, const Remote& remote) {
    auto answer = remote.call("DELETE", "/api/v1/belfry/users/" + http::percent_encode(line.user_name));
    if (!answer.ok()) return failed(answer.error());
    return {.out = line.json ? "{}\n" : "The user " + line.user_name + " is gone, and so are his tokens.\n"};
}

Outcome user_passwd_command(const config::CommandLine& line, const Remote& remote, std::FILE* input) {
    const auto password = read_password(input);
    if (!password.ok()) return failed(password.error());
    JsonWriter json;
    json.begin_object().field("password", *password).end_object();
    auto answer = remote.call("PUT", "/api/v1/belfry/users/" + http::percent_encode(line.user_name), json.text());
    if (!answer.ok()) return failed(answer.error());
    if (line.json) return {.out = answer->dump() + "\n"};
    return {.out = "The password of " + line.user_name + " is changed; earlier logins and tokens have ended.\n"};
}

}  // namespace belfry::app
