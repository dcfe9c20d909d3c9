#include "ingest/scrape/config.h"

#include "base/file.h"
#include "ingest/scrape/access_config.h"
#include "ingest/scrape/yaml_fields.h"

#include <glob.h>

#include <cstdlib>
#include <set>

namespace belfry::ingest::scrape {
namespace {

constexpr uint64_t CONFIG_BYTES_MAX = 16 << 20;
constexpr std::pair<std::string_view, Protocol> PROTOCOLS[] = {
    {"PrometheusProto", Protocol::protobuf},
    {"OpenMetricsText1.0.0", Protocol::open_metrics_1_0},
    {"OpenMetricsText0.0.1", Protocol::open_metrics_0_0_1},
    {"PrometheusText1.0.0", Protocol::text_1_0},
    {"PrometheusText0.0.4", Protocol::text_0_0_4},
};

/// What `global` says and a job may say otherwise.
struct Defaults {
    int64_t interval_ms = 60'000;
    int64_t timeout_ms = 10'000;
    std::vector<Protocol> protocols;
    JobLimits limits;
    bool native_histograms = false;
    bool classic_histograms = false;
};

struct Reader {
    std::string directory;
    ScrapeFile out;
    Defaults defaults;
    std::set<std::string> names;

    [[nodiscard]] Status read_global(const YamlNode& node);
    [[nodiscard]] Status read_jobs(const YamlNode& node);
    [[nodiscard]] Status read_job(const YamlNode& node);
    [[nodiscard]] Status read_more_files(const YamlNode& patterns);
    void read_discoveries(YamlFields& fields, JobConfig& job);
    void read_common(YamlFields& fields, Defaults& values);
    void warn_unused(YamlFields& fields, std::string_view key, std::string_view why) {
        if (const YamlNode* node = fields.take(key))
            out.warnings.push_back(fmt::format("line {}: {} is not used here{}", node->line(), key, why));
    }
};

std::optional<Protocol> protocol_of(std::string_view name) {
    for (const auto& [known, protocol] : PROTOCOLS)
        if (known == name) return protocol;
    return std::nullopt;
}

void read_protocols(YamlFields& fields, std::vector<Protocol>& out) {
    std::vector<std::string> names;
    if (!fields.list("scrape_protocols", names)) return;
    out.clear();
    for (const std::string& name : names) {
        const std::optional<Protocol> protocol = protocol_of(name);
        if (!protocol) {
            fields.fail(fields.line(), fmt::format("scrape_protocols: \"{}\" is not a protocol", name));
        } else if (std::find(out.begin(), out.end(), *protocol) != out.end()) {
            fields.fail(fields.line(), fmt::format("scrape_protocols: {} stands twice", name));
        } else {
            out.push_back(*protocol);
        }
    }
    if (out.empty()) fields.fail(fields.line(), "scrape_protocols must not be empty");
}

/// `${NAME}` and `$NAME` of the environment, `$$` a dollar.
std::string expand(const std::string& text) {
    std::string out;
    for (size_t i = 0; i < text.size(); i++) {
        if (text[i] != '$' || i + 1 == text.size()) {
            out += text[i];
            continue;
        }
        if (text[i + 1] == '$') {
            out += '$';
            i++;
            continue;
        }
        const bool braces = text[i + 1] == '{';
        const size_t begin = i + (braces ? 2 : 1);
        const size_t end = std::min(
            braces ? text.find('}', begin)
                   : text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", begin),
            text.size());
        if (const char* value = std::getenv(text.substr(begin, end - begin).c_str())) out += value;
        i = braces ? end : end - 1;
    }
    return out;
}

Result<model::RelabelSteps> read_relabel(const YamlNode& node) {
    if (!node.is_sequence()) return make_error(Code::invalid, "line {}: relabelling must be a list", node.line());
    model::RelabelSteps steps;
    for (size_t i = 0; i < node.size(); i++) {
        const YamlNode& entry = node.at(i);
        YamlFields fields(entry, "relabel config");
        model::RelabelRule rule;
        std::string action = "replace";
        fields.list("source_labels", rule.source_labels);
        fields.text("separator", rule.separator);
        fields.text("regex", rule.regex);
        fields.text("target_label", rule.target_label);
        fields.text("replacement", rule.replacement);
        fields.count("modulus", rule.modulus);
        fields.text("action", action);
        if (Status status = fields.finish(); !status.ok()) return status.error();
        Result<model::RelabelRule::Action> parsed = model::relabel_action(action);
        if (!parsed.ok()) return std::move(parsed).error().context("line {}", entry.line());
        rule.action = *parsed;
        Result<model::Relabel> step = model::Relabel::make(std::move(rule));
        if (!step.ok()) return std::move(step).error().context("line {}", entry.line());
        steps.push_back(std::move(step).value());
    }
    return steps;
}

void read_steps(YamlFields& fields, std::string_view key, model::RelabelSteps& out) {
    const YamlNode* node = fields.take(key);
    if (node == nullptr) return;
    Result<model::RelabelSteps> steps = read_relabel(*node);
    if (steps.ok())
        out = std::move(steps).value();
    else
        fields.check(steps.error(), node->line());
}

void read_static(YamlFields& fields, JobConfig& job) {
    const YamlNode* node = fields.take("static_configs");
    if (node == nullptr) return;
    if (!node->is_sequence()) return fields.fail(node->line(), "static_configs must be a list");
    for (size_t i = 0; i < node->size(); i++) {
        YamlFields group(node->at(i), "static config");
        TargetGroup out{.source = fmt::format("{}", i), .targets = {}, .labels = {}};
        group.list("targets", out.targets);
        group.texts("labels", out.labels);
        // With relabelling an address may be anything, as blackbox_exporter's users know.
        for (const std::string& target : out.targets)
            if (job.relabel.empty() && target.find('/') != std::string::npos)
                group.fail(node->at(i).line(),
                           fmt::format("target \"{}\" is host:port; the path belongs into metrics_path, http or https "
                                       "into scheme",
                                       target));
        for (const auto& [name, value] : out.labels)
            if (!model::is_label_name(name))
                group.fail(node->at(i).line(), fmt::format("\"{}\" is not a label name", name));
        fields.check(group.finish(), node->at(i).line());
        job.groups.push_back(std::move(out));
    }
}

bool is_secret(std::string_view key) {
    for (const char* secret : {"password", "credentials", "bearer_token", "secrets", "client_secret", "secret_key",
                               "key", "api_url", "token", "application_credential_secret", "consumer_secret"})
        if (key == secret) return true;
    return false;
}

}  // namespace

void Reader::read_common(YamlFields& fields, Defaults& values) {
    read_protocols(fields, values.protocols);
    fields.bytes("body_size_limit", values.limits.body_bytes);
    fields.count("sample_limit", values.limits.samples);
    fields.count("target_limit", values.limits.targets);
    fields.count("label_limit", values.limits.labels);
    fields.count("label_name_length_limit", values.limits.label_name_bytes);
    fields.count("label_value_length_limit", values.limits.label_value_bytes);
    fields.count("keep_dropped_targets", values.limits.kept_dropped_targets);
    fields.flag("scrape_native_histograms", values.native_histograms);
    fields.flag("always_scrape_classic_histograms", values.classic_histograms);
    fields.flag("scrape_classic_histograms", values.classic_histograms);  // its name until 3.0
    bool extra = true;
    fields.flag("extra_scrape_metrics", extra);  // always written
    std::string scheme;
    if (fields.text("metric_name_validation_scheme", scheme) && scheme != "utf8")
        out.warnings.push_back(
            fmt::format("line {}: metric_name_validation_scheme {} is not used here: names may be any UTF-8",
                        fields.line(), scheme));
    if (fields.text("metric_name_escaping_scheme", scheme) && scheme != "allow-utf-8")
        out.warnings.push_back(fmt::format(
            "line {}: metric_name_escaping_scheme {} is not used here: names come as they are", fields.line(), scheme));
    bool custom = false;
    if (fields.flag("convert_classic_histograms_to_nhcb", custom) && custom)
        out.warnings.push_back(
            fmt::format("line {}: convert_classic_histograms_to_nhcb is not used here: classic histograms stay classic",
                        fields.line()));
    if (fields.take("scrape_failure_log_file") != nullptr)
        out.warnings.push_back(
            fmt::format("line {}: scrape_failure_log_file is not used here: see the targets page", fields.line()));
}

Status Reader::read_global(const YamlNode& node) {
    YamlFields fields(node, "global section");
    fields.duration_ms("scrape_interval", defaults.interval_ms);
    const bool with_timeout = fields.duration_ms("scrape_timeout", defaults.timeout_ms);
    int64_t unused = 0;
    fields.duration_ms("evaluation_interval", unused);
    fields.duration_ms("rule_query_offset", unused);
    warn_unused(fields, "query_log_file", "");
    read_common(fields, defaults);
    fields.texts("external_labels", out.external_labels);
    for (auto& [name, value] : out.external_labels) {
        if (!model::is_label_name(name)) fields.fail(node.line(), fmt::format("\"{}\" is not a label name", name));
        value = expand(value);
    }
    if (defaults.interval_ms <= 0) fields.fail(node.line(), "scrape_interval must be above zero");
    if (with_timeout && defaults.timeout_ms > defaults.interval_ms)
        fields.fail(node.line(), "scrape_timeout of global is longer than its scrape_interval");
    defaults.timeout_ms = std::min(defaults.timeout_ms, defaults.interval_ms);
    return fields.finish();
}

void Reader::read_discoveries(YamlFields& fields, JobConfig& job) {
    read_static(fields, job);
    if (const YamlNode* list = fields.take("file_sd_configs")) {
        for (size_t i = 0; i < list->size(); i++) {
            YamlFields entry(list->at(i), "file discovery");
            FileDiscovery found;
            entry.list("files", found.files);
            entry.duration_ms("refresh_interval", found.refresh_ms);
            if (found.files.empty()) entry.fail(list->at(i).line(), "files of a file discovery is empty");
            for (std::string& file : found.files) {
                const std::string_view name = std::string_view(file).substr(std::min(file.rfind('.'), file.size()));
                if (name != ".json" && name != ".yml" && name != ".yaml")
                    entry.fail(list->at(i).line(), fmt::format("file \"{}\" must end in .json, .yml or .yaml", file));
                file = join_path(directory, file);
            }
            found.refresh_ms = std::max<int64_t>(found.refresh_ms, 1'000);
            fields.check(entry.finish(), list->at(i).line());
            job.files.push_back(std::move(found));
        }
    }
    if (const YamlNode* list = fields.take("http_sd_configs")) {
        for (size_t i = 0; i < list->size(); i++) {
            YamlFields entry(list->at(i), "HTTP discovery");
            HttpDiscovery found;
            entry.text("url", found.url);
            entry.duration_ms("refresh_interval", found.refresh_ms);
            read_access(entry, directory, "HTTP discovery of job " + job.name, found.access, out.warnings);
            if (Result<http::Url> url = http::parse_url(found.url.substr(0, found.url.find('?'))); !url.ok())
                entry.fail(list->at(i).line(), url.error().message);
            found.refresh_ms = std::max<int64_t>(found.refresh_ms, 1'000);
            fields.check(entry.finish(), list->at(i).line());
            job.urls.push_back(std::move(found));
        }
    }
    for (const char* kind : {"azure",    "consul",    "digitalocean", "docker", "dockerswarm", "dns",      "ec2",
                             "eureka",   "gce",       "hetzner",      "ionos",  "kubernetes",  "kuma",     "lightsail",
                             "linode",   "marathon",  "nerve",        "nomad",  "openstack",   "ovhcloud", "puppetdb",
                             "scaleway", "serverset", "stackit",      "triton", "uyuni",       "vultr",    "aws"})
        warn_unused(fields, fmt::format("{}_sd_configs", kind),
                    fmt::format(": job {} does not get the targets of this discovery", job.name));
}

Status Reader::read_job(const YamlNode& node) {
    YamlFields fields(node, "scrape config");
    auto job = std::make_shared<JobConfig>();
    Defaults values = defaults;
    fields.text("job_name", job->name);
    if (job->name.empty()) fields.fail(node.line(), "a scrape config needs a job_name");
    if (!names.insert(job->name).second)
        fields.fail(node.line(), fmt::format("job_name \"{}\" stands twice", job->name));
    fields.duration_ms("scrape_interval", values.interval_ms);
    const bool with_timeout = fields.duration_ms("scrape_timeout", values.timeout_ms);
    if (values.interval_ms <= 0) fields.fail(node.line(), "scrape_interval must be above zero");
    if (with_timeout && values.timeout_ms > values.interval_ms)
        fields.fail(node.line(), fmt::format("scrape_timeout of job {} is longer than its scrape_interval", job->name));
    if (values.timeout_ms <= 0) fields.fail(node.line(), "scrape_timeout must be above zero");
    values.timeout_ms = std::min(values.timeout_ms, values.interval_ms);
    read_common(fields, values);
    job->interval_ms = values.interval_ms;
    job->timeout_ms = values.timeout_ms;
    job->limits = values.limits;
    job->native_histograms = values.native_histograms;
    job->classic_histograms = values.classic_histograms;
    job->protocols = values.protocols;
    if (job->protocols.empty()) {
        if (job->native_histograms) job->protocols.push_back(Protocol::protobuf);
        for (const Protocol p :
             {Protocol::open_metrics_1_0, Protocol::open_metrics_0_0_1, Protocol::text_1_0, Protocol::text_0_0_4})
            job->protocols.push_back(p);
    }
    std::string fallback;
    if (fields.text("fallback_scrape_protocol", fallback)) {
        job->fallback_protocol = protocol_of(fallback);
        if (!job->fallback_protocol)
            fields.fail(node.line(), fmt::format("fallback_scrape_protocol: \"{}\" is not a protocol", fallback));
    }
    fields.text("metrics_path", job->metrics_path);
    fields.text("scheme", job->scheme);
    if (job->scheme != "http" && job->scheme != "https")
        fields.fail(node.line(), fmt::format("scheme \"{}\" is neither http nor https", job->scheme));
    if (const YamlNode* params = fields.take("params")) {
        YamlFields each(*params, "params");
        for (const YamlNode::Item& item : params->items()) {
            std::vector<std::string> list;
            each.list(item.first.text(), list);
            job->params.emplace_back(item.first.text(), std::move(list));
        }
        fields.check(each.finish(), params->line());
    }
    fields.flag("honor_labels", job->honor_labels);
    fields.flag("honor_timestamps", job->honor_timestamps);
    fields.flag("track_timestamps_staleness", job->track_timestamps_staleness);
    fields.flag("enable_compression", job->compression);
    fields.count("native_histogram_bucket_limit", job->limits.native_buckets);
    warn_unused(fields, "native_histogram_min_bucket_factor", ": native histograms are kept as they come");
    read_access(fields, directory, "job " + job->name, job->access, out.warnings);
    read_steps(fields, "relabel_configs", job->relabel);
    read_steps(fields, "metric_relabel_configs", job->metric_relabel);
    read_discoveries(fields, *job);
    if (Status status = fields.finish(); !status.ok()) return status;
    job->fingerprint = fmt::format("{}\n{} {} {} {} {} {} {} {} {} {}", print_yaml(node, {}), job->interval_ms,
                                   job->timeout_ms, job->limits.body_bytes, job->limits.samples, job->limits.targets,
                                   job->limits.labels, job->limits.label_name_bytes, job->limits.label_value_bytes,
                                   job->native_histograms, job->classic_histograms);
    for (const Protocol p : job->protocols)
        job->fingerprint += fmt::format(" {}", to_string(p));
    out.jobs.push_back(std::move(job));
    return {};
}

Status Reader::read_jobs(const YamlNode& node) {
    if (!node.is_sequence()) return make_error(Code::invalid, "line {}: scrape_configs must be a list", node.line());
    for (size_t i = 0; i < node.size(); i++)
        if (Status status = read_job(node.at(i)); !status.ok()) return status;
    return {};
}

Status Reader::read_more_files(const YamlNode& patterns) {
    for (size_t i = 0; i < patterns.size(); i++) {
        glob_t found{};
        const std::string pattern = join_path(directory, patterns.at(i).text());
        const int status = ::glob(pattern.c_str(), 0, nullptr, &found);
        std::vector<std::string> paths(found.gl_pathv, found.gl_pathv + (status == 0 ? found.gl_pathc : 0));
        ::globfree(&found);
        for (const std::string& path : paths) {
            const std::string text = TRY(read_file(real_file_system(), path, CONFIG_BYTES_MAX));
            Result<YamlNode> root = parse_yaml_document(text);
            if (!root.ok()) return std::move(root).error().context("{}", path);
            YamlFields fields(*root, "scrape config file");
            const YamlNode* jobs = fields.take("scrape_configs");
            Status read = fields.finish();
            if (read.ok() && jobs != nullptr) read = read_jobs(*jobs);
            if (!read.ok()) return std::move(read).error().context("{}", path);
        }
    }
    return {};
}

Result<ScrapeFile> read_scrape_config(std::string_view text, const std::string& directory) {
    const YamlNode root = TRY(parse_yaml_document(text));
    Reader reader{.directory = directory, .out = {}, .defaults = {}, .names = {}};
    YamlFields fields(root, "configuration");
    if (const YamlNode* global = fields.take("global")) fields.check(reader.read_global(*global), global->line());
    const YamlNode* jobs = fields.take("scrape_configs");
    if (jobs != nullptr && !fields.failed()) fields.check(reader.read_jobs(*jobs), jobs->line());
    const YamlNode* files = fields.take("scrape_config_files");
    if (files != nullptr && !fields.failed()) fields.check(reader.read_more_files(*files), files->line());
    for (const char* key :
         {"rule_files", "alerting", "storage", "remote_write", "remote_read", "tracing", "otlp", "runtime"})
        reader.warn_unused(fields, key, ": scraping alone is read from this file");
    if (Status status = fields.finish(); !status.ok()) return status.error();
    reader.out.shown = print_yaml(root, is_secret);
    return std::move(reader.out);
}

Result<ScrapeFile> load_scrape_config(const std::string& path) {
    const std::string text = TRY(read_file(real_file_system(), path, CONFIG_BYTES_MAX));
    Result<ScrapeFile> file = read_scrape_config(text, parent_dir(path));
    if (!file.ok()) return std::move(file).error().context("{}", path);
    return file;
}

Result<std::shared_ptr<const JobConfig>> plain_job(const ScraperConfig& config) {
    auto job = std::make_shared<JobConfig>();
    job->name = "scrape";
    job->interval_ms = config.interval_ms;
    job->timeout_ms = std::min<int64_t>(config.interval_ms, 10'000);
    job->protocols = {Protocol::open_metrics_1_0, Protocol::open_metrics_0_0_1, Protocol::text_1_0,
                      Protocol::text_0_0_4};
    for (const std::string& text : config.targets) {
        const bool with_scheme = text.find("://") != std::string::npos;
        const http::Url url = TRY(http::parse_url(with_scheme ? text : "http://" + text));
        std::string address = url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
        address += fmt::format(":{}", url.port);
        job->groups.push_back(
            {.source = text,
             .targets = {address},
             .labels = {{"__scheme__", url.scheme}, {"__metrics_path__", url.path.empty() ? "/metrics" : url.path}}});
        job->fingerprint += text + "\n";
    }
    job->fingerprint += std::to_string(config.interval_ms);
    return std::shared_ptr<const JobConfig>(std::move(job));
}

std::string_view to_string(Protocol protocol) {
    for (const auto& [name, known] : PROTOCOLS)
        if (known == protocol) return name;
    return "";
}

std::string accept_header(const JobConfig& job) {
    std::string out;
    size_t weight = job.protocols.size() + 1;
    for (const Protocol protocol : job.protocols) {
        std::string_view type;
        switch (protocol) {
            case Protocol::protobuf:
                type =
                    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;"
                    "escaping=allow-utf-8";
                break;
            case Protocol::open_metrics_1_0:
                type = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8";
                break;
            case Protocol::open_metrics_0_0_1: type = "application/openmetrics-text;version=0.0.1"; break;
            case Protocol::text_1_0: type = "text/plain;version=1.0.0;escaping=allow-utf-8"; break;
            case Protocol::text_0_0_4: type = "text/plain;version=0.0.4"; break;
        }
        out += fmt::format("{};q=0.{},", type, weight--);
    }
    return out + fmt::format("*/*;q=0.{}", weight);
}

}  // namespace belfry::ingest::scrape
