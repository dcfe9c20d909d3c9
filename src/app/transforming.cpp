// Monasca's transform specs: aggregations of hours, from files or from a tenant's own document.
#include "alarm/transform/engine.h"
#include "app/parts.h"
#include "base/json.h"
#include "base/log.h"

namespace belfry::app {
namespace {

constexpr int64_t LOOK_MS = 10'000;

/// {"pre_transform_specs":"<lines>","transform_specs":"<lines>"}
struct SpecTexts {
    std::string pre, specs;
};

Result<SpecTexts> read_texts(std::string_view json) {
    const JsonView view = TRY(JsonView::parse(json));
    const auto pre = view.get("pre_transform_specs").as_string(), specs = view.get("transform_specs").as_string();
    if (!pre || !specs)
        return make_error(Code::invalid,
                          "transforms are {{\"pre_transform_specs\":\"lines\",\"transform_specs\":\"lines\"}}");
    return SpecTexts{*pre, *specs};
}

std::string write_texts(const SpecTexts& texts) {
    JsonWriter json;
    json.begin_object().field("pre_transform_specs", texts.pre).field("transform_specs", texts.specs).end_object();
    return json.take();
}

Result<SpecTexts> read_directory(const alarm::TransformConfig& config) {
    FileSystem& files = real_file_system();
    SpecTexts out;
    out.pre = TRY(read_file(files, config.specs_dir + "/pre_transform_specs.json", config.specs_bytes_max));
    out.specs = TRY(read_file(files, config.specs_dir + "/transform_specs.json", config.specs_bytes_max));
    return out;
}

Result<alarm::SinkOutcome> write_results(ingest::MetricWriter& writer,
                                         std::string_view tenant,
                                         std::span<const alarm::RuleSample> samples) {
    ingest::WireBatch batch;
    batch.decoder = &ingest::canonical_label_decoder();
    batch.tenant = tenant;
    for (const alarm::RuleSample& sample : samples) {
        batch.add_series(sample.labels.bytes());
        batch.add_sample(sample.time_ms, sample.value);
    }
    const ingest::WriteOutcome outcome = TRY(writer.write(batch, "transform"));
    return alarm::SinkOutcome{.refused = outcome.rejected_samples, .first_message = outcome.first_message};
}

}  // namespace

/// The specs of each tenant: of his document, else of the files.
class TransformSpecBook {
  public:
    TransformSpecBook(const catalog::Catalog& catalog,
                      SpecTexts texts,
                      std::shared_ptr<const alarm::TransformSpecs> specs)
        : catalog_(catalog), texts_(std::move(texts)), specs_(std::move(specs)) {}

    std::shared_ptr<const alarm::TransformSpecs> specs(const std::string& tenant) {
        const auto snapshot = catalog_.snapshot();
        const catalog::Document* document = snapshot->document(catalog::TRANSFORM, tenant, tenant);
        if (document == nullptr) return specs_;
        const std::lock_guard lock(mutex_);
        auto& [json, read] = read_[tenant];
        if (json == document->json) return read;
        json = document->json;
        read = nullptr;
        const auto texts = read_texts(json);
        const auto parsed = texts.ok() ? alarm::parse_transform_specs(texts->pre, texts->specs)
                                       : Result<alarm::TransformSpecs>(texts.error());
        if (parsed.ok())
            read = std::make_shared<const alarm::TransformSpecs>(*parsed);
        else
            log_warn("transform", "a tenant's specs cannot be read",
                     {{"tenant", tenant}, {"error", parsed.error().message}});
        return read;
    }
    http::Response show(const http::Request& request) const {
        const auto snapshot = catalog_.snapshot();
        const std::string& tenant = request.identity.tenant;
        const catalog::Document* document = snapshot->document(catalog::TRANSFORM, tenant, tenant);
        return http::json_response(document == nullptr ? write_texts(texts_) : document->json);
    }

  private:
    const catalog::Catalog& catalog_;  // outlives this
    const SpecTexts texts_;            // of the files
    const std::shared_ptr<const alarm::TransformSpecs> specs_;
    std::mutex mutex_;  // guards read_
    std::map<std::string, std::pair<std::string, std::shared_ptr<const alarm::TransformSpecs>>> read_;
};

Status App::Parts::open_transforms() {
    SpecTexts texts;
    if (!config.transform.specs_dir.empty())
        texts = TRY(read_directory(config.transform).context("transform.specs_dir"));
    auto specs = std::make_shared<const alarm::TransformSpecs>(
        TRY(alarm::parse_transform_specs(texts.pre, texts.specs).context("transform.specs_dir")));
    auto book = std::make_shared<TransformSpecBook>(*catalog, std::move(texts), std::move(specs));
    transforms = std::make_unique<alarm::TransformEngine>(alarm::TransformEngine::Parts{
        .config = config.transform,
        .clock = clock,
        .source = *source,
        .limits = config.query,
        .write = [this](std::string_view tenant,
                        std::span<const alarm::RuleSample> samples) { return write_results(*writer, tenant, samples); },
        .tenants =
            [this] {
                std::vector<std::string> out = {std::string(model::DEFAULT_TENANT)};
                for (const auto& [id, tenant] : catalog->snapshot()->tenants)
                    if (id != model::DEFAULT_TENANT) out.push_back(id);
                return out;
            },
        .specs = [book](const std::string& tenant) { return book->specs(tenant); },
        .position_file = data.path() + "/transform.position"});
    router.add("GET", "/api/v1/belfry/transforms", http::Access::read,
               [book](const http::Request& request) { return book->show(request); });
    router.add("PUT", "/api/v1/belfry/transforms", http::Access::edit,
               [this, book](const http::Request& request) {
                   if (request.body.size() > config.transform.specs_bytes_max)
                       return http::error_response(413, "too_large",
                                                   "the specs are too long (transform.specs_bytes_max)");
                   const auto wanted = read_texts(request.body);
                   if (!wanted.ok())
                       return http::error_response(make_error(Code::invalid, "{}", wanted.error().message));
                   const auto parsed = alarm::parse_transform_specs(wanted->pre, wanted->specs);
                   if (!parsed.ok())
                       return http::error_response(make_error(Code::invalid, "{}", parsed.error().message));
                   const std::string& tenant = request.identity.tenant;
                   const auto saved = changes->save_document({.kind = std::string(catalog::TRANSFORM),
                                                              .id = tenant,
                                                              .tenant = tenant,
                                                              .name = {},
                                                              .json = write_texts(*wanted)},
                                                             request.identity.user);
                   return saved.ok() ? book->show(request) : http::error_response(saved.error());
               },
               {.plain_body = true});
    return {};
}

void App::Parts::start_transforms() {
    transforming = std::make_unique<Periodic>("transform", LOOK_MS, [this] {
        if (!readiness.reasons().empty()) return;
        if (Status done = transforms->run_due(); !done.ok())
            log_warn("transform", "an hour waits, it will be tried again", {{"error", done.error().message}});
    });
}

}  // namespace belfry::app
