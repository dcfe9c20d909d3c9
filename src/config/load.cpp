#include "config/load.h"

#include "config/keys.h"
#include "config/toml.h"

#include <dirent.h>
#include <unistd.h>

#include <fstream>

namespace belfry::config {
namespace {

constexpr size_t FILE_BYTES_MAX = 1 << 20;  // a configuration, not data

Result<std::string> read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return errno_error(fmt::format("open {}", path), errno);
    std::string text(FILE_BYTES_MAX + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.bad()) return errno_error(fmt::format("read {}", path), errno);
    text.resize(static_cast<size_t>(in.gcount()));
    if (text.size() > FILE_BYTES_MAX)
        return make_error(Code::invalid, "{}: a configuration has at most {} bytes", path, FILE_BYTES_MAX);
    return text;
}

/// The *.toml files of conf.d beside `file`, sorted by name.
std::vector<std::string> drop_ins(const std::string& file) {
    const size_t slash = file.rfind('/');
    const std::string dir = (slash == std::string::npos ? "" : file.substr(0, slash + 1)) + "conf.d";
    std::vector<std::string> out;
    DIR* open = opendir(dir.c_str());
    if (open == nullptr) return out;
    while (const dirent* entry = readdir(open)) {
        const std::string name = entry->d_name;
        if (name.size() > 5 && name[0] != '.' && name.ends_with(".toml")) out.push_back(dir + "/" + name);
    }
    closedir(open);
    std::sort(out.begin(), out.end());
    return out;
}

Status apply(Loaded& loaded, const Key& key, const RawValue& value, std::string source) {
    if (auto set = key.set(loaded.config, value); !set.ok()) return set;
    for (auto& [name, from] : loaded.sources) {
        if (name == key.name) {
            from = std::move(source);
            return {};
        }
    }
    loaded.sources.emplace_back(key.name, std::move(source));
    return {};
}

Status apply_file(Loaded& loaded, const std::string& path) {
    const std::string text = TRY(read_file(path));
    for (const TomlEntry& entry : TRY(parse_toml(text, path))) {
        const Key* key = find_key(entry.name);
        if (key == nullptr) {
            return make_error(Code::invalid, "{}:{}: unknown key {}; did you mean {}?", path, entry.line, entry.name,
                              nearest_key(entry.name));
        }
        auto done = apply(loaded, *key, entry.value, fmt::format("file {}:{}", path, entry.line));
        if (!done.ok()) return std::move(done).context("{}:{}: {}", path, entry.line, entry.name);
    }
    return {};
}

Status apply_environment(Loaded& loaded, const Overrides& environment) {
    for (const auto& [name, value] : environment) {
        // names without "__" are for the command line (BELFRY_URL, BELFRY_KEY)
        if (!name.starts_with("BELFRY_") || name.find("__") == std::string::npos) continue;
        std::string key_name;
        for (size_t i = 7; i < name.size(); ++i) {
            if (name.compare(i, 2, "__") == 0) {
                key_name += '.';
                ++i;
            } else {
                key_name += static_cast<char>(std::tolower(static_cast<unsigned char>(name[i])));
            }
        }
        const Key* key = find_key(key_name);
        if (key == nullptr) {
            return make_error(Code::invalid, "environment {}: unknown key {}; did you mean {}?", name, key_name,
                              find_key(nearest_key(key_name))->environment_name());
        }
        if (auto done = apply(loaded, *key, value, "environment"); !done.ok())
            return std::move(done).context("environment {}", name);
    }
    return {};
}

/// What follows from other keys.
void settle(Config& config) {
    config.journal.directory = config.server.data_dir + "/log";
    config.metric.retention_ms = config.server.retention_ms;        // older samples are refused at the door ...
    config.metric_store.retention_ms = config.server.retention_ms;  // ... and removed from the store
}

}  // namespace

Result<Loaded> load(const LoadOptions& options) {
    Loaded loaded;
    if (!options.file.empty()) {
        if (auto done = apply_file(loaded, options.file); !done.ok()) return done.error();
        for (const std::string& path : drop_ins(options.file)) {
            if (auto done = apply_file(loaded, path); !done.ok()) return done.error();
        }
    }
    if (auto done = apply_environment(loaded, options.environment); !done.ok()) return done.error();
    for (const auto& [name, value] : options.flags) {
        const Key* key = find_key(name);
        if (key == nullptr)
            return make_error(Code::invalid, "unknown key {}; did you mean {}?", name, nearest_key(name));
        if (auto done = apply(loaded, *key, value, "flag"); !done.ok())
            return std::move(done).context("flag for {}", name).error();
    }
    settle(loaded.config);
    return loaded;
}

Overrides process_environment() {
    Overrides out;
    for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
        const std::string_view entry = *at;
        const size_t equals = entry.find('=');
        if (equals != std::string_view::npos) out.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
    }
    return out;
}

}  // namespace belfry::config
