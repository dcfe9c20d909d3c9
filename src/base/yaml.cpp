// The only file that includes yaml-cpp. Its events build our tree: its own tree has no limits, and throws when it is
// asked.
#include "base/yaml.h"

#include "base/json.h"
#include "base/number.h"
#include "base/utf8.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <charconv>
#include <sstream>
#include <unordered_map>
#include <unordered_set>

namespace belfry {
namespace {

/// Carries our own refusals through the library's frames; caught in `parse_yaml`.
struct Refusal {
    Error error;
};

template <typename... Args>
[[noreturn]] void refuse(Code code, int line, fmt::format_string<Args...> format, Args&&... args) {
    throw Refusal{make_error(code, "line {}: {}", line, fmt::format(format, std::forward<Args>(args)...))};
}

}  // namespace

/// Puts the nodes of one document together.
class YamlTreeBuilder : public YAML::EventHandler {
  public:
    explicit YamlTreeBuilder(const YamlLimits& limits) : limits_(limits) {}

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        YamlNode node;
        node.line_ = mark.line + 1;
        node.plain_ = true;
        add({std::move(node)}, anchor);
    }
    void OnScalar(const YAML::Mark& mark,
                  const std::string& tag,
                  YAML::anchor_t anchor,
                  const std::string& value) override {
        YamlNode node;
        node.kind_ = YamlNode::Kind::scalar;
        node.line_ = mark.line + 1;
        node.plain_ = tag == "?";
        node.text_ = value;
        add({std::move(node)}, anchor);
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end()) refuse(Code::invalid, mark.line + 1, "an alias within its own anchor");
        add(found->second, 0);
    }
    void OnSequenceStart(const YAML::Mark& mark,
                         const std::string&,
                         YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(YamlNode::Kind::sequence, mark.line + 1, anchor);
    }
    void OnMapStart(const YAML::Mark& mark,
                    const std::string&,
                    YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(YamlNode::Kind::map, mark.line + 1, anchor);
    }
    void OnSequenceEnd() override {
        Open done = std::move(open_.back());
        open_.pop_back();
        std::vector<YamlNode> elements;
        elements.reserve(done.children.size());
        for (Weighed& child : done.children)
            elements.push_back(std::move(child.node));
        done.node.elements_ = std::make_shared<const std::vector<YamlNode>>(std::move(elements));
        add({std::move(done.node), done.weight, done.height + 1}, done.anchor);
    }
    void OnMapEnd() override {
        Open done = std::move(open_.back());
        open_.pop_back();
        close_map(done);
        add({std::move(done.node), done.weight, done.height + 1}, done.anchor);
    }

    [[nodiscard]] YamlNode take() { return std::move(root_); }

  private:
    /// A node, how many nodes a reader meets below it, itself included, and how many levels.
    struct Weighed {
        YamlNode node;
        size_t weight = 1;
        size_t height = 1;
    };
    struct Open {
        YamlNode node;
        YAML::anchor_t anchor = 0;
        std::vector<Weighed> children;  // of a map: key, value, key, value
        size_t weight = 1;
        size_t height = 0;  // of the highest child
    };

    void open(YamlNode::Kind kind, int line, YAML::anchor_t anchor) {
        if (open_.size() >= static_cast<size_t>(limits_.depth_max))
            refuse(Code::exhausted, line, "nested deeper than {} levels", limits_.depth_max);
        Open next;
        next.node.kind_ = kind;
        next.node.line_ = line;
        next.anchor = anchor;
        open_.push_back(std::move(next));
    }

    void add(Weighed child, YAML::anchor_t anchor) {
        const int line = child.node.line_;
        if (anchor != 0) anchors_[anchor] = child;
        if (open_.empty()) {
            root_ = std::move(child.node);
            return;
        }
        Open& parent = open_.back();
        parent.weight += child.weight;
        parent.height = std::max(parent.height, child.height);
        // What is open grows with the text; what an alias adds is checked before it can be multiplied.
        if (parent.weight > limits_.nodes_max)
            refuse(Code::exhausted, line, "more than {} values (aliases count as often as used)", limits_.nodes_max);
        if (open_.size() + child.height > static_cast<size_t>(limits_.depth_max) + 1)
            refuse(Code::exhausted, line, "nested deeper than {} levels", limits_.depth_max);
        parent.children.push_back(std::move(child));
    }

    void close_map(Open& done) const {
        std::vector<YamlNode::Item> items;
        items.reserve(done.children.size() / 2);
        std::unordered_set<std::string> seen;
        std::vector<const Weighed*> merged;
        for (size_t i = 0; i + 1 < done.children.size(); i += 2) {
            const YamlNode& key = done.children[i].node;
            if (key.kind_ != YamlNode::Kind::scalar) {
                // `~:` and `null:` are keys like any other text for those who write label names.
                if (key.kind_ != YamlNode::Kind::null) refuse(Code::invalid, key.line_, "a key must be a text");
                refuse(Code::invalid, key.line_, "a key is missing or null");
            }
            if (key.plain_ && key.text_ == "<<") {
                merged.push_back(&done.children[i + 1]);
                continue;
            }
            if (!seen.insert(key.text_).second)
                refuse(Code::invalid, key.line_, "key \"{}\" stands twice in this map", key.text_);
            items.emplace_back(key, done.children[i + 1].node);
        }
        for (const Weighed* source : merged)
            merge(source->node, done.node.line_, seen, items);
        done.node.items_ = std::make_shared<const std::vector<YamlNode::Item>>(std::move(items));
    }

    /// `<<: *map` or `<<: [*map, *map]`: what stands in the map itself wins, then the earlier source.
    static void merge(const YamlNode& source,
                      int line,
                      std::unordered_set<std::string>& seen,
                      std::vector<YamlNode::Item>& items) {
        if (source.is_sequence()) {
            for (size_t i = 0; i < source.size(); i++) {
                if (!source.at(i).is_map()) refuse(Code::invalid, line, "<< takes a map or a list of maps");
                merge(source.at(i), line, seen, items);
            }
            return;
        }
        if (!source.is_map()) refuse(Code::invalid, line, "<< takes a map or a list of maps");
        for (const YamlNode::Item& item : source.items())
            if (seen.insert(item.first.text()).second) items.push_back(item);
    }

    const YamlLimits& limits_;
    std::vector<Open> open_;
    std::unordered_map<YAML::anchor_t, Weighed> anchors_;
    YamlNode root_;
};

namespace {

std::optional<int64_t> digits(std::string_view text, int base) {
    std::string plain;
    for (size_t i = 0; i < text.size(); i++) {
        if (text[i] == '_' && i > 0) continue;
        plain += text[i];
    }
    if (plain.empty() || plain.front() == '-') return std::nullopt;
    int64_t value = 0;
    const auto [end, error] = std::from_chars(plain.data(), plain.data() + plain.size(), value, base);
    if (error != std::errc() || end != plain.data() + plain.size()) return std::nullopt;
    return value;
}

}  // namespace

std::optional<bool> YamlNode::as_bool() const {
    if (kind_ != Kind::scalar || !plain_) return std::nullopt;
    for (const char* yes : {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"})
        if (text_ == yes) return true;
    for (const char* no : {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"})
        if (text_ == no) return false;
    return std::nullopt;
}

std::optional<int64_t> YamlNode::as_int() const {
    if (kind_ != Kind::scalar || !plain_ || text_.empty()) return std::nullopt;
    std::string_view rest = text_;
    const bool negative = rest.front() == '-';
    if (negative || rest.front() == '+') rest.remove_prefix(1);
    std::optional<int64_t> value;
    if (rest.starts_with("0x") || rest.starts_with("0X"))
        value = digits(rest.substr(2), 16);
    else if (rest.starts_with("0b"))
        value = digits(rest.substr(2), 2);
    else if (rest.starts_with("0o"))
        value = digits(rest.substr(2), 8);
    else
        value = digits(rest, 10);
    if (value && negative) value = -*value;
    return value;
}

std::optional<double> YamlNode::as_double() const {
    if (kind_ != Kind::scalar || !plain_) return std::nullopt;
    if (const auto integer = as_int()) return static_cast<double>(*integer);
    std::string_view rest = text_;
    if (rest == ".nan" || rest == ".NaN" || rest == ".NAN") return std::numeric_limits<double>::quiet_NaN();
    const bool negative = rest.starts_with('-');
    if (negative || rest.starts_with('+')) rest.remove_prefix(1);
    if (rest == ".inf" || rest == ".Inf" || rest == ".INF")
        return negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
    return parse_double(text_);
}

size_t YamlNode::size() const {
    if (kind_ == Kind::sequence) return elements_->size();
    if (kind_ == Kind::map) return items_->size();
    return 0;
}

const YamlNode& YamlNode::at(size_t index) const {
    static const YamlNode nothing;
    return kind_ == Kind::sequence && index < elements_->size() ? (*elements_)[index] : nothing;
}

const std::vector<YamlNode::Item>& YamlNode::items() const {
    static const std::vector<Item> none;
    return kind_ == Kind::map ? *items_ : none;
}

const YamlNode* YamlNode::find(std::string_view key) const {
    for (const Item& item : items())
        if (item.first.text_ == key) return &item.second;
    return nullptr;
}

Result<std::vector<YamlNode>> parse_yaml(std::string_view text, const YamlLimits& limits) {
    if (text.size() > limits.text_bytes_max)
        return make_error(Code::exhausted, "{} bytes of YAML, at most {} are read", text.size(), limits.text_bytes_max);
    if (const size_t good = utf8_prefix(text); good < text.size()) {
        const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(good), '\n');
        return make_error(Code::invalid, "line {}: not UTF-8", line);
    }
    const auto control = std::find_if(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t';
    });
    if (control != text.end())
        return make_error(Code::invalid, "line {}: a control character", 1 + std::count(text.begin(), control, '\n'));
    std::vector<YamlNode> documents;
    try {
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        while (true) {
            YamlTreeBuilder builder(limits);
            if (!parser.HandleNextDocument(builder)) break;
            // Also what ends a text that the library would read for ever, as it does behind some stray characters.
            if (documents.size() == limits.documents_max)
                return make_error(Code::exhausted, "more than {} documents", limits.documents_max);
            documents.push_back(builder.take());
        }
    } catch (Refusal& refusal) {
        return std::move(refusal.error);
    } catch (const YAML::Exception& error) {
        return make_error(Code::invalid, "line {}: {}", error.mark.line + 1, error.msg);
    } catch (const std::exception& error) {  // the library also lets errors of std through
        return make_error(Code::invalid, "not YAML: {}", error.what());
    }
    return documents;
}

namespace {

void print_scalar(const YamlNode& node, std::string& out) {
    // What was read without quotes on one line means the same without quotes again, except where flow had other rules.
    if (node.is_plain() && node.text().find_first_of("\n#:{}[],&*!|>'\"%@`") == std::string::npos)
        out += node.text();
    else
        append_json_string(out, node.text());
}

void print_node(const YamlNode& node,
                const std::function<bool(std::string_view)>& secret,
                size_t indent,
                bool behind_dash,
                std::string& out) {
    bool first = true;
    const auto begin_line = [&] {
        if (!first || !behind_dash) out.append(indent, ' ');
        first = false;
    };
    const auto child = [&](const YamlNode& value, size_t deeper, bool dash) {
        if (value.is_scalar()) {
            if (!dash) out += ' ';
            print_scalar(value, out);
            out += '\n';
        } else if (value.size() == 0) {
            out += std::string(dash ? "" : " ") + (value.is_map() ? "{}\n" : value.is_sequence() ? "[]\n" : "null\n");
        } else {
            if (!dash) out += '\n';
            print_node(value, secret, deeper, dash, out);
        }
    };
    for (size_t i = 0; node.is_sequence() && i < node.size(); i++) {
        begin_line();
        out += "- ";
        child(node.at(i), indent + 2, true);
    }
    for (const YamlNode::Item& item : node.items()) {
        begin_line();
        print_scalar(item.first, out);
        out += ':';
        if (secret && secret(item.first.text()) && !item.second.is_null())
            out += " <secret>\n";
        else
            child(item.second, indent + (item.second.is_sequence() ? 0 : 2), false);
    }
}

}  // namespace

std::string print_yaml(const YamlNode& node, const std::function<bool(std::string_view)>& secret) {
    std::string out;
    if (node.is_scalar())
        print_scalar(node, out), out += '\n';
    else
        print_node(node, secret, 0, false, out);
    return out;
}

Result<YamlNode> parse_yaml_document(std::string_view text, const YamlLimits& limits) {
    std::vector<YamlNode> documents = TRY(parse_yaml(text, limits));
    if (documents.empty()) return YamlNode{};
    if (documents.size() > 1)
        return make_error(Code::invalid, "line {}: a second document; one is expected", documents[1].line());
    return std::move(documents.front());
}

}  // namespace belfry
