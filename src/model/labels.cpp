#include "model/labels.h"

#include "base/bytes.h"

namespace belfry::model {
namespace {

// Canonical bytes come from ourselves, so only a short decode is needed.
uint64_t read_varint(const char*& p) {
    auto v = static_cast<uint64_t>(static_cast<uint8_t>(*p++));
    if (v < 128) return v;
    v &= 127;
    for (int shift = 7;; shift += 7) {
        const auto b = static_cast<uint8_t>(*p++);
        v |= static_cast<uint64_t>(b & 127) << shift;
        if (b < 128) return v;
    }
}

void append_escaped(std::string& out, std::string_view value) {
    for (const char c : value) {
        if (c == '"' || c == '\\') out.append(1, '\\').append(1, c);
        else if (c == '\n') out += "\\n";
        else out += c;
    }
}

}  // namespace

void LabelsView::Iterator::read() {
    if (rest_.empty()) {
        at_ = nullptr;
        return;
    }
    at_ = rest_.data();
    const char* p = rest_.data();
    const auto name_size = static_cast<size_t>(read_varint(p));
    label_.name = {p, name_size};
    p += name_size;
    const auto value_size = static_cast<size_t>(read_varint(p));
    label_.value = {p, value_size};
    p += value_size;
    const auto used = static_cast<size_t>(p - rest_.data());
    INVARIANT(used <= rest_.size(), "label bytes are canonical");
    rest_.remove_prefix(used);
}

size_t LabelsView::count() const {
    size_t n = 0;
    for (auto it = begin(); it != end(); ++it) n++;
    return n;
}

std::string_view LabelsView::get(std::string_view name) const {
    for (const Label& label : *this) {
        if (label.name == name) return label.value;
        if (label.name > name) break;
    }
    return {};
}

std::string_view LabelsView::tenant() const {
    const std::string_view t = get(TENANT_LABEL);
    return t.empty() ? DEFAULT_TENANT : t;
}

std::string LabelsView::to_string() const {
    std::string out(metric_name());
    char separator = '{';
    for (const Label& label : *this) {
        if (label.name == METRIC_NAME) continue;
        out.append(1, separator).append(label.name).append("=\"");
        append_escaped(out, label.value);
        out += '"';
        separator = ',';
    }
    if (separator == ',') out += '}';
    else if (out.empty()) out = "{}";
    return out;
}

int compare(LabelsView a, LabelsView b) {
    auto x = a.begin();
    auto y = b.begin();
    for (; x != a.end() && y != b.end(); ++x, ++y) {
        if (const int c = x->name.compare(y->name); c != 0) return c;
        if (const int c = x->value.compare(y->value); c != 0) return c;
    }
    return x != a.end() ? 1 : y != b.end() ? -1 : 0;
}

Labels::Labels(std::initializer_list<Label> labels) : Labels(from(std::vector<Label>(labels))) {}

Labels Labels::from(std::vector<Label> labels) {
    std::stable_sort(labels.begin(), labels.end(), [](const Label& a, const Label& b) { return a.name < b.name; });
    Labels out;
    for (size_t i = 0; i < labels.size(); i++) {
        if (i + 1 < labels.size() && labels[i + 1].name == labels[i].name) continue;
        if (labels[i].value.empty()) continue;
        put_sized(out.bytes_, labels[i].name);
        put_sized(out.bytes_, labels[i].value);
    }
    return out;
}

bool Labels::is_canonical(std::string_view bytes) {
    ByteReader in(bytes);
    std::string_view last;
    bool first = true;
    while (!in.done()) {
        std::string_view name;
        std::string_view value;
        if (!in.sized(&name) || !in.sized(&value) || value.empty()) return false;
        if (!first && name <= last) return false;
        first = false;
        last = name;
    }
    return true;
}

void LabelsBuilder::reset(LabelsView base) {
    labels_.clear();
    for (const Label& label : base) labels_.emplace_back(label.name, label.value);
}

LabelsBuilder& LabelsBuilder::set(std::string_view name, std::string_view value) {
    if (value.empty()) return erase(name);
    const auto it = std::lower_bound(labels_.begin(), labels_.end(), name, [](const auto& l, std::string_view n) { return l.first < n; });
    if (it != labels_.end() && it->first == name) it->second = std::string(value);
    else labels_.emplace(it, std::string(name), std::string(value));
    return *this;
}

LabelsBuilder& LabelsBuilder::erase(std::string_view name) {
    std::erase_if(labels_, [&](const auto& l) { return l.first == name; });
    return *this;
}

std::string_view LabelsBuilder::get(std::string_view name) const {
    for (const auto& [n, v] : labels_) {
        if (n == name) return v;
    }
    return {};
}

Labels LabelsBuilder::build() const {
    Labels out;
    for (const auto& [name, value] : labels_) {
        put_sized(out.bytes_, name);
        put_sized(out.bytes_, value);
    }
    return out;
}

}  // namespace belfry::model
