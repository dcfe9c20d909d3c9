#pragma once

#include "config/load.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace belfry::config {

enum class Command {
    serve,
    check_config,
    check_rules,
    query,
    status,
    open,
    import_file,
    export_file,
    demo,
    keys_create,
    keys_list,
    keys_revoke,
    agent,
    alarms_list,
    alarms_show,
    alarms_ack,
    alarms_mute,
    alarms_test,
    alarms_history,
    notify_test,
    user_add,
    user_list,
    user_remove,
    user_passwd,
    backup,
    restore,
    version,
    completion
};

/// What the user asked for. Fields of other commands stay empty.
struct CommandLine {
    Command command = Command::serve;

    // serve, check-config
    std::string config_file;
    Overrides overrides;          // (key name, value) of the flags
    bool print_defaults = false;  // check-config --defaults

    // every command that talks to a running server
    std::string url;  // "" = what the data directory says, else http://127.0.0.1:2353
    std::string key;  // API key; "" = the data directory's
    std::string data_dir = "./belfry-data";
    bool json = false;

    // query
    std::string expression;
    std::string time;   // "" = now
    std::string start;  // with end and step: a range
    std::string end;
    std::string step;

    // import, export, backup, restore
    std::string file;                    // "-" = standard input or output
    std::vector<std::string> selectors;  // export

    std::vector<std::string> files;  // check-rules

    bool remove = false;  // demo
    bool quiet = false;   // status: the exit code only

    // keys
    std::string key_name;
    std::string scope;
    std::string expires;  // duration; "" = never
    std::string key_id;

    std::string to;  // agent

    // user
    std::string user_name;
    std::string project = "default";
    std::vector<std::string> roles;
    bool password_stdin = false;

    // alarms (words: `expression`; how long: `expires`; to withdraw: `remove`), notify
    std::string state;
    std::string severity;
    std::string alarm_id;
    std::string reason;
    std::string method;

    std::string shell;  // completion
};

/// Nothing to run: help was asked for (status 0), or the usage is wrong (status 2).
struct Usage {
    int status = 0;
    std::string text;
};

[[nodiscard]] std::variant<CommandLine, Usage> parse_flags(const std::vector<std::string>& arguments);

/// A script that completes commands and options in bash, zsh or fish.
[[nodiscard]] std::string completion_script(std::string_view shell);

}  // namespace belfry::config
