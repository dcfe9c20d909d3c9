// /api/v1/export/openmetrics: all samples of the selected series as OpenMetrics with timestamps. Readers: `belfry
// import`, `promtool tsdb create-blocks-from openmetrics`.
#include "api/prometheus/bulk_api.h"
#include "api/prometheus/bulk_stats.h"
#include "api/prometheus/exposition_writer.h"
#include "api/prometheus/params.h"
#include "api/prometheus/selected_rows.h"
#include "model/external_labels.h"

#include <unordered_map>

namespace belfry::api {
namespace {

using Metadata = std::unordered_map<std::string, model::MetricMetadata>;

class Export {
  public:
    Export(SelectedRows rows,
           Metadata metadata,
           model::Labels external,
           model::TimeRange range,
           std::shared_ptr<query::Budget> budget)
        : rows_(std::move(rows)),
          metadata_(std::move(metadata)),
          external_(std::move(external)),
          range_(range),
          budget_(std::move(budget)) {}

    /// http::BodyParts
    Result<bool> operator()(std::string& out) {
        const size_t enough = out.size() + http::BODY_PART_BYTES;
        while (out.size() < enough) {
            if (sample_ < samples_.size()) {
                append_sample(out);
            } else if (next_ == rows_.rows().size()) {
                out += "# EOF\n";
                return false;
            } else {
                TRY(open_row(out, rows_.rows()[next_++]));
            }
        }
        return true;
    }

  private:
    Status open_row(std::string& out, const SelectedRows::Row& row) {
        sample_ = 0;
        samples_.clear();
        if (row.name.empty()) return {};
        TRY(rows_.set(row).read(row.index, range_, samples_, *budget_));
        series_.clear();
        const model::Labels labels =
            external_.empty() ? model::Labels(row.labels) : model::with_external(row.labels, external_);
        append_exposition_series(series_, labels, NameEscaping::allow_utf8);
        if (!samples_.empty() && row.name != name_) {
            name_ = row.name;
            append_metadata(out, row.name);
        }
        return {};
    }

    /// Parts of a classic histogram or summary are metrics of their own here, and what is not said is unknown.
    void append_metadata(std::string& out, std::string_view name) const {
        constexpr std::string_view TOTAL = "_total";
        const auto found = metadata_.find(std::string(name));
        std::string_view type = "unknown";
        std::string family(name);
        if (found != metadata_.end() && found->second.type == model::MetricType::gauge) type = "gauge";
        if (found != metadata_.end() && found->second.type == model::MetricType::counter && name.ends_with(TOTAL)) {
            type = "counter";
            family.resize(name.size() - TOTAL.size());
        }
        out += "# TYPE ";
        append_exposition_name(out, family, NameEscaping::allow_utf8);
        out += fmt::format(" {}\n", type);
        if (found == metadata_.end() || found->second.help.empty()) return;
        out += "# HELP ";
        append_exposition_name(out, family, NameEscaping::allow_utf8);
        out += ' ';
        append_exposition_text(out, found->second.help);
        out += '\n';
    }

    void append_sample(std::string& out) {
        const size_t i = sample_++;
        if (!samples_.histograms.empty() && samples_.histograms[i]) return omitted_.add();
        if (model::is_stale(samples_.values[i])) return;  // the format has no word for it
        out += series_;
        append_exposition_sample(out, codec::ExpositionFormat::open_metrics, samples_.values[i], samples_.times_ms[i]);
        sent_.add();
    }

    const SelectedRows rows_;
    const Metadata metadata_;
    const model::Labels external_;
    const model::TimeRange range_;
    const std::shared_ptr<query::Budget> budget_;
    size_t next_ = 0;
    std::string_view name_;  // of the row before
    std::string series_;
    model::SampleColumns samples_;
    size_t sample_ = 0;
    Counter& sent_ = bulk_samples_total.at({"export"});
    Counter& omitted_ = bulk_histograms_omitted_total.at({"export"});
};

}  // namespace

BulkApi::Answer BulkApi::export_open_metrics(const http::Request& request) const {
    const auto selectors = TRY(match_params(request));
    if (selectors.empty()) return make_error(Code::invalid, "no match[] parameter provided");
    const model::TimeRange range = TRY(range_params(request));
    const auto spent = budget(request);
    auto rows = TRY(SelectedRows::select(source_, request.identity.tenant, selectors, range, *spent));
    Metadata metadata;
    for (auto& row : admin_.metadata(request.identity.tenant, "", 0))
        metadata.try_emplace(row.name, row);
    auto answer =
        std::make_shared<Export>(std::move(rows), std::move(metadata), options_.external_labels, range, spent);
    return http::long_response("application/openmetrics-text; version=1.0.0; charset=utf-8",
                               [answer](std::string& out) { return (*answer)(out); });
}

}  // namespace belfry::api
