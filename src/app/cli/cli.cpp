#include "app/cli/cli.h"

#include "app/cli/commands.h"
#include "config/flags.h"

namespace belfry::app {
namespace {

int print(const Outcome& outcome) {
    std::fwrite(outcome.err.data(), 1, outcome.err.size(), stderr);
    std::fwrite(outcome.out.data(), 1, outcome.out.size(), stdout);
    // a reader that went away (| head) is no failure of ours
    if (std::fflush(stdout) != 0 && errno != EPIPE) return 1;
    return outcome.status;
}

int run_server(const config::CommandLine& line, const Serve& serve) {
    auto loaded =
        config::load({.file = line.config_file, .environment = config::process_environment(), .flags = line.overrides});
    if (!loaded.ok()) return print({.status = 2, .out = {}, .err = "belfry: " + loaded.error().message + "\n"});
    return serve(*loaded);
}

Outcome run_with_server(const config::CommandLine& line) {
    auto remote = Remote::find(line);
    if (!remote.ok()) return failed(remote.error());
    switch (line.command) {
        case config::Command::query: return query_command(line, *remote, stdin);
        case config::Command::status: return status_command(line, *remote);
        case config::Command::open: return open_command(line, *remote);
        case config::Command::import_file: return import_command(line, *remote, stdin);
        case config::Command::export_file: return export_command(line, *remote, stdout);
        case config::Command::demo: return demo_command(line, *remote);
        case config::Command::keys_create: return keys_create_command(line, *remote, system_clock());
        case config::Command::keys_list: return keys_list_command(line, *remote);
        case config::Command::keys_revoke: return keys_revoke_command(line, *remote);
        case config::Command::alarms_list: return alarms_list_command(line, *remote);
        case config::Command::alarms_show: return alarms_show_command(line, *remote);
        case config::Command::alarms_history: return alarms_history_command(line, *remote);
        case config::Command::alarms_ack:
        case config::Command::alarms_mute: return alarms_quiet_command(line, *remote, system_clock());
        case config::Command::alarms_test: return alarms_test_command(line, *remote);
        case config::Command::notify_test: return notify_test_command(line, *remote);
        case config::Command::user_add: return user_add_command(line, *remote, stdin);
        case config::Command::user_list: return user_list_command(line, *remote);
        case config::Command::user_remove: return user_remove_command(line, *remote);
        case config::Command::user_passwd: return user_passwd_command(line, *remote, stdin);
        case config::Command::backup: return backup_command(line, *remote, stdout);
        default: break;
    }
    INVARIANT(false, "commands without a server were handled before");
    return {};
}

}  // namespace

int run_cli(const std::vector<std::string>& arguments, const Serve& serve) {
    const auto parsed = config::parse_flags(arguments);
    if (const auto* usage = std::get_if<config::Usage>(&parsed)) {
        std::FILE* to = usage->status == 0 ? stdout : stderr;
        std::fwrite(usage->text.data(), 1, usage->text.size(), to);
        return usage->status;
    }
    const auto& line = std::get<config::CommandLine>(parsed);
    switch (line.command) {
        case config::Command::serve: return run_server(line, serve);
        case config::Command::check_config: return print(check_config_command(line));
        case config::Command::check_rules: return print(check_rules_command(line, stdin));
        case config::Command::restore: return print(restore_command(line, stdin));
        case config::Command::agent: return print(agent_command(line));
        case config::Command::version: return print(version_command(line));
        case config::Command::completion:
            return print({.status = 0, .out = config::completion_script(line.shell), .err = {}});
        default: return print(run_with_server(line));
    }
}

}  // namespace belfry::app
