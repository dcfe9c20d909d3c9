#pragma once

#include "app/cli/outcome.h"
#include "app/cli/remote.h"
#include "base/clock.h"
#include "config/flags.h"

#include <cstdio>

namespace belfry::app {

// One function a command. Those with a Remote talk to a running server through its public API, as anybody could.

[[nodiscard]] Outcome check_config_command(const config::CommandLine& line);
[[nodiscard]] Outcome check_rules_command(const config::CommandLine& line, std::FILE* input);
[[nodiscard]] Outcome version_command(const config::CommandLine& line);

[[nodiscard]] Outcome query_command(const config::CommandLine& line, const Remote& remote, std::FILE* input);
[[nodiscard]] Outcome status_command(const config::CommandLine& line, const Remote& remote);
[[nodiscard]] Outcome open_command(const config::CommandLine& line, const Remote& remote);
[[nodiscard]] Outcome import_command(const config::CommandLine& line, const Remote& remote, std::FILE* input);
[[nodiscard]] Outcome export_command(const config::CommandLine& line, const Remote& remote, std::FILE* output);
[[nodiscard]] Outcome demo_command(const config::CommandLine& line, const Remote& remote);
[[nodiscard]] Outcome keys_create_command(const config::CommandLine& line, const Remote& remote, Clock& clock);
[[nodiscard]] Outcome keys_list_command(const config::CommandLine& line, const Remote& remote);
[[nodiscard]] Outcome keys_revoke_command(const config::CommandLine& line, const Remote& remote);
[[nodiscard]] Outcome alarms_list_command(const config::CommandLine& line, const Remote& remote);
[[nodiscard]] Outcome alarms_show_command(const config::CommandLine& line, const Remote& remote);
[[nodiscard]] Outcome alarms_history_command(const config::CommandLine& line, const Remote& remote);
/// Acknowledges or mutes, or (`remove`) withdraws it.
[[nodiscard]] Outcome alarms_quiet_command(const config::CommandLine& line, const Remote& remote, Clock& clock);
[[nodiscard]] Outcome alarms_test_command(const config::CommandLine& line, const Remote& remote);
[[nodiscard]] Outcome notify_test_command(const config::CommandLine& line, const Remote& remote);
[[nodiscard]] Outcome user_add_command(const config::CommandLine& line, const Remote& remote, std::FILE* input);
[[nodiscard]] Outcome user_list_command(const config::CommandLine& line, const Remote& remote);
[[nodiscard]] Outcome user_remove_command(const config::CommandLine& line, const Remote& remote);
[[nodiscard]] Outcome user_passwd_command(const config::CommandLine& line, const Remote& remote, std::FILE* input);
/// Runs until a signal ends it.
[[nodiscard]] Outcome agent_command(const config::CommandLine& line);
/// To a directory, a .tar file or `output` ("-").
[[nodiscard]] Outcome backup_command(const config::CommandLine& line, const Remote& remote, std::FILE* output);
/// Needs no server: fills the data directory of one that will start.
[[nodiscard]] Outcome restore_command(const config::CommandLine& line, std::FILE* input);

}  // namespace belfry::app
