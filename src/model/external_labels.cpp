#include "model/external_labels.h"

namespace belfry::model {

Labels with_external(LabelsView labels, LabelsView external) {
    std::vector<Label> all;
    for (const Label& label : external)
        all.push_back(label);
    for (const Label& label : labels)
        if (label.name != TENANT_LABEL) all.push_back(label);
    return Labels::from(std::move(all));  // of equal names the last wins
}

}  // namespace belfry::model
