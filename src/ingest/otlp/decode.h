#pragma once

#include "ingest/metric/wire_batch.h"
#include "ingest/otlp/names.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace belfry::ingest::otlp {

/// Which series of a metric.
enum class Part : uint8_t { value, bucket, sum, count, quantile, target_info };

/// The wire bytes of a series: what its labels follow from, put together without building them.
///
///   u8 part | u8 kind | double bound (le of a bucket, quantile) | sized base labels | sized name | sized unit |
///   attributes
///
/// Base labels: (sized name, sized value)*, those of resource and scope, with their final names. Attributes: encoded
/// KeyValue fields with their tags, as they came.
struct SeriesKey {
    Part part = Part::value;
    Kind kind = Kind::gauge;
    double bound = 0;
    std::string_view base_labels;
    std::string_view name;
    std::string_view unit;
    std::string_view attributes;
};
[[nodiscard]] size_t encoded_bytes_max(const SeriesKey& key);
/// Writes to `to`, which has room for `encoded_bytes_max`; returns the bytes written.
[[nodiscard]] std::string_view encode(const SeriesKey& key, char* to);

/// Labels from such bytes. One object a translation.
class OtlpLabels : public LabelDecoder {
  public:
    explicit OtlpLabels(Translation translation) : translation_(translation) {}
    [[nodiscard]] uint32_t protocol_id() const override { return 20 + static_cast<uint32_t>(translation_); }
    [[nodiscard]] Status decode(std::string_view wire,
                                std::vector<model::Label>& labels,
                                std::vector<std::string>& arena) const override;

  private:
    const Translation translation_;
};

/// service.name, service.namespace and service.instance.id are job and instance, and not in target_info.
[[nodiscard]] bool is_identifying(std::string_view resource_attribute);

}  // namespace belfry::ingest::otlp
