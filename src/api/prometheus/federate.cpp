// /federate: the newest sample of each selected series, for a Prometheus that scrapes Belfry.
#include "api/prometheus/bulk_api.h"
#include "api/prometheus/bulk_stats.h"
#include "api/prometheus/exposition_writer.h"
#include "api/prometheus/params.h"
#include "api/prometheus/selected_rows.h"
#include "model/external_labels.h"

namespace belfry::api {
namespace {

class Federation {
  public:
    Federation(SelectedRows rows,
               ExpositionChoice choice,
               model::Labels external,
               model::TimeRange range,
               std::shared_ptr<query::Budget> budget)
        : rows_(std::move(rows)),
          choice_(choice),
          external_(std::move(external)),
          range_(range),
          budget_(std::move(budget)) {}

    /// http::BodyParts
    Result<bool> operator()(std::string& out) {
        const size_t enough = out.size() + http::BODY_PART_BYTES;
        for (; out.size() < enough && next_ < rows_.rows().size(); ++next_)
            TRY(append(out, rows_.rows()[next_]));
        if (next_ < rows_.rows().size()) return true;
        if (choice_.format == codec::ExpositionFormat::open_metrics) out += "# EOF\n";
        return false;
    }

  private:
    Status append(std::string& out, const SelectedRows::Row& row) {
        TRY(rows_.set(row).read_newest(row.index, range_, true, newest_, *budget_));
        if (newest_.empty() || model::is_stale(newest_.values[0]) || row.name.empty()) return {};
        if (!newest_.histograms.empty() && newest_.histograms[0]) {
            omitted_.add();
            return {};
        }
        const bool text = choice_.format == codec::ExpositionFormat::text;
        if (row.name != name_) {
            name_ = row.name;
            out += "# TYPE ";
            append_exposition_name(out, row.name, choice_.escaping);
            out += text ? " untyped\n" : " unknown\n";
        }
        const model::Labels labels = model::with_external(row.labels, external_);
        append_exposition_series(out, labels, choice_.escaping);
        // said to be empty, so that the label of the target that is scraped does not take its place
        if (labels.get("instance").empty()) {
            if (out.back() == '}')
                out.back() = ',';
            else
                out += '{';
            out += "instance=\"\"}";
        }
        append_exposition_sample(out, choice_.format, newest_.values[0], newest_.times_ms[0]);
        sent_.add();
        return {};
    }

    const SelectedRows rows_;
    const ExpositionChoice choice_;
    const model::Labels external_;
    const model::TimeRange range_;
    const std::shared_ptr<query::Budget> budget_;
    size_t next_ = 0;
    std::string_view name_;  // of the row before
    model::SampleColumns newest_;
    Counter& sent_ = bulk_samples_total.at({"federate"});
    Counter& omitted_ = bulk_histograms_omitted_total.at({"federate"});
};

}  // namespace

BulkApi::Answer BulkApi::federate(const http::Request& request) const {
    const auto selectors = TRY(match_params(request));
    const int64_t now_ms = clock_.now_ms();
    const model::TimeRange range{now_ms - options_.lookback_ms + 1, now_ms + 1};
    const auto spent = budget(request);
    auto rows = TRY(SelectedRows::select(source_, request.identity.tenant, selectors, range, *spent));
    const ExpositionChoice choice = choose_exposition(request.header("accept"));
    auto answer = std::make_shared<Federation>(std::move(rows), choice, options_.external_labels, range, spent);
    return http::long_response(choice.content_type(), [answer](std::string& out) { return (*answer)(out); });
}

}  // namespace belfry::api
