#include "ecs/catalogue/catalogue.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/text.h"

namespace preemptd::ecs::catalogue {

extern const std::string_view kEcsActions;
extern const std::string_view kVpcActions;
extern const std::string_view kStsActions;

namespace {

std::string_view text_of(const Product& product) {
  if (product.name == kEcs.name) return kEcsActions;
  if (product.name == kVpc.name) return kVpcActions;
  if (product.name == kSts.name) return kStsActions;
  return {};
}

bool is_name_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/// Reads the form compact.py writes; the texts are our own, so there is nothing to refuse.
class CatalogueReader {
 public:
  explicit CatalogueReader(std::string_view text) : rest_(text) {}

  std::string name() {
    std::size_t length = 0;
    while (length < rest_.size() && is_name_character(rest_[length])) ++length;
    const auto found = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return std::string(found);
  }

  std::vector<Parameter> parameters() {
    std::vector<Parameter> found;
    while (!rest_.empty() && rest_[0] != '}' && rest_[0] != ']') {
      if (!take(' ')) found.push_back(parameter());
    }
    return found;
  }

 private:
  bool take(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  Parameter parameter() {
    Parameter found;
    found.name = name();
    found.required = take('!');
    if (take('%')) found.style = Style::json;
    if (take(',')) found.style = Style::comma;
    read_kind(found);
    return found;
  }

  void read_kind(Parameter& into) {
    if (take('#')) into.kind = Kind::number;
    if (take('?')) into.kind = Kind::boolean;
    if (take('{')) {
      into.kind = Kind::object;
      into.inner = parameters();
      take('}');
    } else if (take('[')) {
      into.kind = Kind::list;
      into.inner.emplace_back();
      read_kind(into.inner.back());
      take(']');
    }
  }

  std::string_view rest_;
};

bool is_index(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

const Parameter* member(const std::vector<Parameter>& among, std::string_view name) {
  const auto found = std::find_if(among.begin(), among.end(), [&](const Parameter& p) { return p.name == name; });
  return found == among.end() ? nullptr : &*found;
}

const Parameter* step_into(const Parameter* parameter, std::string_view part) {
  if (parameter->kind == Kind::list) return is_index(part) ? &parameter->inner.front() : nullptr;
  return parameter->kind == Kind::object ? member(parameter->inner, part) : nullptr;
}

bool fits(const Parameter& parameter, std::string_view value) {
  if (parameter.kind == Kind::boolean) return value == "true" || value == "false";
  if (parameter.kind != Kind::number) return true;
  double number = 0;
  const auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), number);
  return code == std::errc() && end == value.data() + value.size();
}

void append_wire_names(std::vector<std::string>& out, const std::string& prefix, const Parameter& parameter) {
  if (parameter.kind == Kind::list && parameter.style == Style::flat) {
    append_wire_names(out, prefix + ".N", parameter.inner.front());
  } else if (parameter.kind == Kind::object && parameter.style == Style::flat && !parameter.inner.empty()) {
    for (const auto& each : parameter.inner) append_wire_names(out, prefix + "." + each.name, each);
  } else {
    out.push_back(prefix);
  }
}

std::vector<std::string> top_names(const Action& action) {
  std::vector<std::string> names;
  for (const auto& each : action.parameters) names.push_back(each.name);
  return names;
}

std::string unknown_parameter(const Action& action, std::string_view name) {
  const auto first = name.substr(0, name.find('.'));
  const auto near = core::nearest(first, top_names(action));
  return action.name + " has no parameter " + std::string(name) +
         (near && *near != first ? "; did you mean " + *near + "?" : std::string());
}

bool given(const Parameters& parameters, const std::string& name) {
  const auto at = parameters.lower_bound(name);
  return at != parameters.end() && at->first.starts_with(name) &&
         (at->first.size() == name.size() || at->first[name.size()] == '.');
}

}  // namespace

std::optional<Product> find_product(std::string_view name) {
  for (const auto& each : {kEcs, kVpc, kSts}) {
    if (core::equal_ignoring_case(each.name, name)) return each;
  }
  return std::nullopt;
}

std::vector<std::string_view> product_names() {
  return {kEcs.name, kVpc.name, kSts.name};
}

std::vector<std::string> action_names(const Product& product) {
  std::vector<std::string> names;
  for (const auto line : core::split(text_of(product), '\n')) {
    if (!line.empty()) names.push_back(CatalogueReader(line).name());
  }
  return names;
}

std::optional<Action> find_action(const Product& product, std::string_view name) {
  for (const auto line : core::split(text_of(product), '\n')) {
    if (!line.starts_with(name) || name.empty()) continue;
    CatalogueReader reader(line);
    if (reader.name() == name) return Action{std::string(name), reader.parameters()};
  }
  return std::nullopt;
}

std::optional<std::string> nearest_action(const Product& product, std::string_view name) {
  const auto names = action_names(product);
  for (const auto& each : names) {
    if (core::equal_ignoring_case(each, name)) return each;
  }
  return core::nearest(name, names);
}

const Parameter* find_parameter(const Action& action, std::string_view wire_name) {
  const auto parts = core::split(wire_name, '.');
  const Parameter* found = member(action.parameters, parts.front());
  for (std::size_t i = 1; found != nullptr && i < parts.size(); ++i) found = step_into(found, parts[i]);
  return found;
}

std::vector<std::string> doubts_about(const Call& call) {
  const auto action = find_action(call.product, call.action);
  if (!action) {
    const auto near = nearest_action(call.product, call.action);
    return {std::string(call.product.name) + " has no action " + call.action + " that we know of" +
            (near ? "; did you mean " + *near + "?" : "")};
  }
  std::vector<std::string> doubts;
  for (const auto& [name, value] : call.parameters) {
    const auto* parameter = find_parameter(*action, name);
    if (parameter == nullptr) {
      doubts.push_back(unknown_parameter(*action, name));
    } else if (!fits(*parameter, value)) {
      doubts.push_back(name + (parameter->kind == Kind::number ? " is a number, not '" : " is true or false, not '") +
                       core::printable(value, 64) + "'");
    }
  }
  for (const auto& each : action->parameters) {
    if (each.required && !given(call.parameters, each.name)) doubts.push_back(each.name + " is usually required");
  }
  return doubts;
}

std::vector<std::string> wire_names(const Action& action) {
  std::vector<std::string> names;
  for (const auto& each : action.parameters) append_wire_names(names, each.name, each);
  return names;
}

}  // namespace preemptd::ecs::catalogue
