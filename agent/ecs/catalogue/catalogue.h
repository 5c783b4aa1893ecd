#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ecs/base/call.h"

/// Every action of ECS, VPC and STS with its parameters, compiled in. It helps people to type; it decides nothing: what
/// it does not know goes through all the same, and "required" is a hint of the documentation.
namespace preemptd::ecs::catalogue {

enum class Kind { text, number, boolean, object, list };

/// How a structured value travels.
enum class Style {
  flat,   ///< "Name.1.Member=…"
  json,   ///< one JSON text
  comma,  ///< "a,b,c"
};

struct Parameter {
  std::string name;  ///< empty for the element of a list
  Kind kind = Kind::text;
  Style style = Style::flat;
  bool required = false;
  std::vector<Parameter> inner;  ///< an object's members; a list's one element
};

struct Action {
  std::string name;
  std::vector<Parameter> parameters;
};

/// The product by the name people type, without regard to case; nothing for one the catalogue lacks.
std::optional<Product> find_product(std::string_view name);
std::vector<std::string_view> product_names();

/// All action names of a product, sorted; none for an unknown product.
std::vector<std::string> action_names(const Product& product);
/// The action by its exact name.
std::optional<Action> find_action(const Product& product, std::string_view name);
/// The exact name of an action typed in another case, or the nearest one.
std::optional<std::string> nearest_action(const Product& product, std::string_view name);

/// The parameter a flat wire name ("Tag.1.Key", "SystemDisk.Size") means; nothing when the action has no such one.
const Parameter* find_parameter(const Action& action, std::string_view wire_name);

/// What looks wrong with a call, a sentence each: an unknown parameter with the nearest known one, a number or boolean
/// that is none, a hinted requirement that is missing. For showing beside the call, never instead of it.
std::vector<std::string> doubts_about(const Call& call);

/// "Name", "Name.N", "Name.N.Member", … of an action, in the order of the documentation; for help and completion.
std::vector<std::string> wire_names(const Action& action);

}  // namespace preemptd::ecs::catalogue
