#include "config/report.h"

#include "config/keys.h"

namespace belfry::config {

std::vector<Difference> differences(const Loaded& loaded) {
    const Config defaults;
    std::vector<Difference> out;
    for (const Key& key : keys()) {
        const auto source = std::find_if(loaded.sources.begin(), loaded.sources.end(),
                                         [&](const auto& s) { return s.first == key.name; });
        const std::string value = key.print(loaded.config);
        const std::string default_value = key.print(defaults);
        if (source == loaded.sources.end() || value == default_value) continue;
        out.push_back({.key = key.name,
                       .value = key.shown ? value : "(hidden)",
                       .default_value = key.shown ? default_value : "(hidden)",
                       .source = source->second});
    }
    return out;
}

std::string default_file() {
    const Config defaults;
    std::string out =
        "# Belfry's configuration: every key with its default, its unit and what it does. Belfry needs no file at "
        "all.\n"
        "# A file is named by `belfry serve --config FILE`; files conf.d/*.toml beside it are read after it, in the "
        "order of their names.\n"
        "# BELFRY_SECTION__KEY in the environment beats the files, a flag beats both. Durations: \"30s\", \"1h30m\", "
        "\"15d\", \"10y\";\n"
        "# bytes: \"64KiB\", \"512MiB\", \"10GB\". `belfry check-config FILE` checks one, `belfry check-config "
        "--defaults` prints this one.\n";
    std::string section;
    for (const Key& key : keys()) {
        if (key.section() != section) {
            section = key.section();
            out += fmt::format("\n[{}]\n", section);
        }
        out += fmt::format("# {} ({})\n#{} = {}\n", key.sentence, key.unit, key.last_part(), key.print(defaults));
    }
    return out;
}

}  // namespace belfry::config
