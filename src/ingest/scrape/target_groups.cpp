#include "ingest/scrape/config.h"
#include "ingest/scrape/yaml_fields.h"

namespace belfry::ingest::scrape {

Result<std::vector<TargetGroup>> read_target_groups(std::string_view text, const std::string& source) {
    const YamlNode root = TRY(parse_yaml_document(text));
    std::vector<TargetGroup> out;
    if (root.is_null()) return out;
    if (!root.is_sequence())
        return make_error(Code::invalid, "line {}: a list of target groups is expected", root.line());
    for (size_t i = 0; i < root.size(); i++) {
        YamlFields fields(root.at(i), "target group");
        TargetGroup group{.source = fmt::format("{}:{}", source, i), .targets = {}, .labels = {}};
        fields.list("targets", group.targets);
        fields.texts("labels", group.labels);
        for (const auto& [name, value] : group.labels)
            if (!model::is_label_name(name))
                fields.fail(fields.line(), fmt::format("\"{}\" is not a label name", name));
        if (Status status = fields.finish(); !status.ok()) return status.error();
        out.push_back(std::move(group));
    }
    return out;
}

}  // namespace belfry::ingest::scrape
