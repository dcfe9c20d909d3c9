// The only room of CLI11: it takes seconds to compile.
#include "config/flags.h"

#include <CLI/CLI.hpp>

namespace belfry::config {
namespace {

/// The tree of commands, bound to one CommandLine.
struct Commands {
    CLI::App app{"Belfry: metrics of a small fleet, kept and shown by one program.", "belfry"};
    CommandLine line;
    std::vector<std::string> settings;  // --set KEY=VALUE
    std::vector<std::string> scrape_targets;

    Commands() {
        app.require_subcommand(0, 1);
        app.set_help_all_flag("--help-all", "Help of every command");
        add_serve();
        add_check_config();
        add_check_rules();
        add_query();
        add_status();
        add_open();
        add_import();
        add_export();
        add_demo();
        add_keys();
        add_users();
        add_agent();
        add_alarms();
        add_notify();
        add_backup();
        add_restore();
        CLI::App* version = command(app, "version", Command::version, "Print the version");
        version->add_flag("--json", line.json, "As JSON");
        CLI::App* completion = command(app, "completion", Command::completion,
                                       "Print a completion script: eval \"$(belfry completion bash)\"");
        completion->add_option("SHELL", line.shell, "bash, zsh or fish")
            ->required()
            ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    }

    CLI::App* command(CLI::App& parent, const std::string& name, Command which, const std::string& help) {
        CLI::App* sub = parent.add_subcommand(name, help);
        sub->callback([this, which] { line.command = which; });
        return sub;
    }

    /// A flag that sets a key of the configuration.
    void key_flag(CLI::App* sub,
                  const std::string& flag,
                  const std::string& key,
                  const std::string& value_name,
                  const std::string& help) {
        sub->add_option_function<std::string>(
               flag, [this, key](const std::string& value) { line.overrides.emplace_back(key, value); }, help)
            ->type_name(value_name);
    }

    void add_config_flags(CLI::App* sub) {
        key_flag(sub, "--data", "server.data", "DIR", "Where everything is kept (./belfry-data)");
        key_flag(sub, "--listen", "server.listen", "HOST:PORT",
                 "Main address (127.0.0.1:2353); port 0 takes a free one");
        key_flag(sub, "--retention", "server.retention", "TIME", "How long data is kept, like 90d or 100y");
        key_flag(sub, "--auth", "auth.mode", "on|off", "Off needs every listener on loopback");
        key_flag(sub, "--web-dir", "server.web_dir", "DIR",
                 "Web interface from this directory instead of from the binary");
        key_flag(sub, "--log-level", "log.level", "LEVEL", "debug, info, warn or error");
        key_flag(sub, "--log", "log.format", "FORMAT", "logfmt or json");
        sub->add_flag_callback(
            "--i-know-this-is-open", [this] { line.overrides.emplace_back("server.allow_open", "true"); },
            "Listen beyond this machine although nothing is encrypted");
        sub->add_option("--set", settings, "Any key of the configuration, like catalog.keys_max=50; may be repeated")
            ->type_name("KEY=VALUE");
    }

    void add_client_flags(CLI::App* sub) {
        sub->add_option("--url", line.url, "The server; default: the one that uses the data directory")
            ->type_name("URL")
            ->envname("BELFRY_URL");
        sub->add_option("--key", line.key, "API key; default: the data directory's, for its owner")
            ->type_name("KEY")
            ->envname("BELFRY_KEY");
        sub->add_option("--data", line.data_dir, "Data directory of the server (./belfry-data)")->type_name("DIR");
        sub->add_flag("--json", line.json, "As JSON");
    }

    void add_serve() {
        CLI::App* sub = command(app, "serve", Command::serve, "Run the server (the default command)");
        sub->add_option("--scrape", scrape_targets, "Scrape this target each 15 s; may be repeated")
            ->type_name("HOST:PORT[/PATH]");
        sub->add_option("--config", line.config_file, "Configuration file (TOML)")->type_name("FILE");
        add_config_flags(sub);
    }

    void add_check_config() {
        CLI::App* sub = command(app, "check-config", Command::check_config,
                                "Check a configuration and show what differs from the defaults");
        sub->add_option("FILE,--config", line.config_file, "Configuration file (TOML)");
        add_config_flags(sub);
        sub->add_flag("--defaults", line.print_defaults, "Print every key with its default and meaning");
        sub->add_flag("--json", line.json, "As JSON");
    }

    void add_check_rules() {
        CLI::App* sub = command(app, "check-rules", Command::check_rules, "Check Prometheus rule files");
        sub->add_option("FILE", line.files, "Rule files; - is standard input")->required();
        sub->add_flag("--json", line.json, "As JSON");
    }

    void add_query() {
        CLI::App* sub = command(app, "query", Command::query, "Evaluate a PromQL expression");
        sub->add_option("EXPRESSION", line.expression, "PromQL; - reads it from standard input")->required();
        sub->add_option("--time", line.time, "At this time (RFC 3339 or Unix seconds)")->type_name("TIME");
        sub->add_option("--start", line.start, "A range: from here")->type_name("TIME");
        sub->add_option("--end", line.end, "A range: to here")->type_name("TIME");
        sub->add_option("--step", line.step, "A range: one value each, like 15s")->type_name("TIME");
        add_client_flags(sub);
    }

    void add_status() {
        CLI::App* sub = command(app, "status", Command::status, "How a running server is; fails when it is not well");
        sub->add_flag("--quiet", line.quiet, "The exit code only");
        add_client_flags(sub);
    }

    void add_open() {
        add_client_flags(command(app, "open", Command::open, "Print a fresh login link of a running server"));
    }

    void add_import() {
        CLI::App* sub =
            command(app, "import", Command::import_file, "Send a file of metrics in text exposition format");
        sub->add_option("FILE", line.file, "The file; - is standard input")->required();
        add_client_flags(sub);
    }

    void add_export() {
        CLI::App* sub = command(app, "export", Command::export_file,
                                "Write the samples of selected series as OpenMetrics with timestamps");
        sub->add_option("SELECTOR", line.selectors, "Series, like '{job=\"node\"}'; several are a union")->required();
        sub->add_option("--output", line.file, "The file; - is standard output")->type_name("FILE")->default_str("-");
        sub->add_option("--start", line.start, "From here (RFC 3339 or Unix seconds)")->type_name("TIME");
        sub->add_option("--end", line.end, "To here")->type_name("TIME");
        add_client_flags(sub);
    }

    void add_demo() {
        CLI::App* sub = command(app, "demo", Command::demo, "Feed a running server with a small made-up fleet");
        sub->add_flag("--remove", line.remove, "Stop it and remove everything it made");
        add_client_flags(sub);
    }

    void add_backup() {
        CLI::App* sub = command(app, "backup", Command::backup, "Back up a running server without stopping it");
        sub->add_option("TO", line.file, "A new directory, a new file.tar, or - for standard output")->required();
        add_client_flags(sub);
    }

    void add_restore() {
        CLI::App* sub = command(app, "restore", Command::restore, "Make a data directory of a backup or a snapshot");
        sub->add_option("FROM", line.file, "What `backup` made, or a directory of snapshots; - is standard input")->required();
        sub->add_option("--data", line.data_dir, "The data directory to fill: empty, or not there yet")
            ->type_name("DIR")
            ->required();
        sub->add_flag("--json", line.json, "As JSON");
    }

    void add_keys() {
        CLI::App* keys = app.add_subcommand("keys", "API keys");
        keys->require_subcommand(1);
        CLI::App* create = command(*keys, "create", Command::keys_create, "Make a key; it is shown once");
        create->add_option("NAME", line.key_name, "What it is for")->required();
        create->add_option("--scope", line.scope, "ingest, read or admin")
            ->required()
            ->check(CLI::IsMember({"ingest", "read", "admin"}));
        create->add_option("--expires", line.expires, "Ends after this time, like 90d")->type_name("TIME");
        add_client_flags(create);
        add_client_flags(command(*keys, "list", Command::keys_list, "List the keys"));
        CLI::App* revoke = command(*keys, "revoke", Command::keys_revoke, "End a key at once");
        revoke->add_option("ID", line.key_id, "As the list shows it")->required();
        add_client_flags(revoke);
    }

    void add_agent() {
        CLI::App* sub = command(app, "agent", Command::agent,
                                "Report this host and the checks of a configuration to a Belfry or a Monasca elsewhere");
        sub->add_option("--to", line.to, "http://HOST:2353 of a Belfry, or a Monasca API's .../v2.0")->type_name("URL")->required();
        sub->add_option("--key", line.key, "API key; default: a token for OS_USERNAME, OS_PASSWORD, ... from OS_AUTH_URL")
            ->type_name("KEY")
            ->envname("BELFRY_KEY");
        sub->add_option("--config", line.config_file, "Configuration file (TOML), whose section agent counts")->type_name("FILE");
        sub->add_option("--set", settings, "Any key of the configuration, like agent.checks_dir=/etc/checks; may be repeated")
            ->type_name("KEY=VALUE");
    }

    void add_users() {
        CLI::App* users = app.add_subcommand("user", "Users, who log in by name and password");
        users->require_subcommand(1);
        const auto named = [this](CLI::App* sub) {
            sub->add_option("NAME", line.user_name, "1-64 of letters, digits and _ - . @ +")->required();
            add_client_flags(sub);
        };
        const auto with_password = [this](CLI::App* sub) {
            sub->add_flag("--password-stdin", line.password_stdin, "Read the password from standard input")->required();
        };
        CLI::App* add = command(*users, "add", Command::user_add, "Make a user");
        named(add);
        add->add_option("--project", line.project, "The project, which is the tenant (default)")->type_name("P");
        add->add_option("--role", line.roles,
                        "monasca-user, monasca-agent, monasca-read-only-user, admin or another; may be repeated")
            ->type_name("R")
            ->required();
        with_password(add);
        add_client_flags(command(*users, "list", Command::user_list, "List the users"));
        named(command(*users, "remove", Command::user_remove, "End a user's logins, tokens and credentials"));
        CLI::App* passwd = command(*users, "passwd", Command::user_passwd, "Change a password; logins and tokens end");
        named(passwd);
        with_password(passwd);
    }

    void add_alarms() {
        CLI::App* alarms = app.add_subcommand("alarms", "What rings, and what is done about it");
        alarms->require_subcommand(1);
        CLI::App* list = command(*alarms, "list", Command::alarms_list, "List alarms, the worst first");
        list->add_option("WORDS", line.expression, "That are in the name, the labels or the reason");
        list->add_option("--state", line.state, "ALARM, UNDETERMINED or OK; several with commas")->type_name("STATE");
        list->add_option("--severity", line.severity, "LOW, MEDIUM, HIGH or CRITICAL; several with commas")
            ->type_name("SEVERITY");
        add_client_flags(list);
        const auto of_one = [&](const char* name, Command id, const char* help) {
            CLI::App* sub = command(*alarms, name, id, help);
            sub->add_option("ID", line.alarm_id, "As the list shows it")->required();
            add_client_flags(sub);
            return sub;
        };
        of_one("show", Command::alarms_show, "Why an alarm is in its state, and who was told");
        of_one("history", Command::alarms_history, "What happened to an alarm, the newest first");
        CLI::App* ack = of_one("ack", Command::alarms_ack, "Say that you look after a ringing alarm");
        CLI::App* mute = of_one("mute", Command::alarms_mute, "Hear nothing of an alarm for a while");
        for (CLI::App* sub : {ack, mute}) {
            sub->add_option("--reason", line.reason, "Why")->type_name("TEXT");
            sub->add_option("--for", line.expires, "How long, like 2h")->type_name("TIME");
            sub->add_flag("--remove", line.remove, "Withdraw it");
        }
        of_one("test", Command::alarms_test, "Send a test message to everybody whom the alarm would tell");
    }

    void add_notify() {
        CLI::App* notify = app.add_subcommand("notify", "Notification methods");
        notify->require_subcommand(1);
        CLI::App* test = command(*notify, "test", Command::notify_test, "Send a test message");
        test->add_option("METHOD", line.method, "Its name or id")->required();
        add_client_flags(test);
    }
};

std::string parse_settings(Commands& commands) {
    std::string targets;
    for (const std::string& target : commands.scrape_targets)
        targets += (targets.empty() ? "" : ",") + target;
    if (!targets.empty()) commands.line.overrides.emplace_back("scrape.targets", targets);
    for (const std::string& setting : commands.settings) {
        const size_t equals = setting.find('=');
        if (equals == std::string::npos) return fmt::format("--set {}: expected KEY=VALUE", setting);
        commands.line.overrides.emplace_back(setting.substr(0, equals), setting.substr(equals + 1));
    }
    return {};
}

/// The words that may stand first when the command is left out are flags of `serve`.
std::vector<std::string> with_default_command(std::vector<std::string> arguments) {
    const bool for_all = !arguments.empty() && (arguments[0] == "-h" || arguments[0].starts_with("--help"));
    if (!arguments.empty() && arguments[0] == "--version")
        arguments[0] = "version";
    else if (arguments.empty() || (arguments[0].starts_with("-") && !for_all))
        arguments.insert(arguments.begin(), "serve");
    return arguments;
}

/// (command words, its options and subcommands), for completion.
void collect_words(const CLI::App& app,
                   const std::string& path,
                   std::vector<std::pair<std::string, std::string>>& out) {
    std::string words;
    for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
        words += sub->get_name() + " ";
        collect_words(*sub, path.empty() ? sub->get_name() : path + " " + sub->get_name(), out);
    }
    for (const CLI::Option* option : app.get_options()) {
        for (const std::string& name : option->get_lnames())
            words += "--" + name + " ";
    }
    if (path == "completion") words += "bash zsh fish ";
    out.emplace_back(path, words);
}

}  // namespace

std::variant<CommandLine, Usage> parse_flags(const std::vector<std::string>& arguments) {
    Commands commands;
    std::vector<std::string> reversed = with_default_command(arguments);
    std::reverse(reversed.begin(), reversed.end());
    try {
        commands.app.parse(std::move(reversed));
    } catch (const CLI::ParseError& error) {
        std::ostringstream out;
        std::ostringstream err;
        const int status = commands.app.exit(error, out, err);
        return Usage{.status = status == 0 ? 0 : 2, .text = out.str() + err.str()};
    }
    if (std::string problem = parse_settings(commands); !problem.empty())
        return Usage{.status = 2, .text = problem + "\n"};
    return commands.line;
}

std::string completion_script(std::string_view shell) {
    const Commands commands;
    std::vector<std::pair<std::string, std::string>> words;
    collect_words(commands.app, "", words);
    std::string out;
    if (shell == "fish") {
        for (const auto& [path, list] : words) {
            const std::string condition =
                path.empty() ? "__fish_use_subcommand"
                             : fmt::format("__fish_seen_subcommand_from {}", path.substr(path.rfind(' ') + 1));
            out += fmt::format("complete -c belfry -f -n '{}' -a '{}'\n", condition, list);
        }
        return out;
    }
    if (shell == "zsh") out += "autoload -U +X bashcompinit && bashcompinit\n";
    out +=
        "_belfry() {\n  local words=\"\" path=\"\" w\n  for w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do case $w in "
        "-*) ;; *) path=\"${path:+$path }$w\";; esac; done\n"
        "  case \"$path\" in\n";
    for (const auto& [path, list] : words) {
        const std::string pattern = path.empty() ? "\"\"" : fmt::format("\"{0}\"|\"{0} \"*", path);
        out += fmt::format("    {}) words=\"{}\";;\n", pattern, list);
    }
    out +=
        "  esac\n  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n  [ ${#COMPREPLY[@]} -gt 0 ] "
        "|| COMPREPLY=($(compgen -f -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\n"
        "complete -F _belfry belfry\n";
    return out;
}

}  // namespace belfry::config
