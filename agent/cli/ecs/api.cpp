#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/ecs/api_pages.h"
#include "cli/ecs/api_parameters.h"
#include "cli/ecs/commands.h"
#include "core/json.h"
#include "core/text.h"
#include "ecs/catalogue/catalogue.h"
#include "ecs/signing/digest.h"

namespace preemptd::cli {
namespace {

namespace catalogue = ecs::catalogue;
using core::ErrorCode;

struct ApiOptions {
  std::string product;
  std::string action;
  std::vector<std::string> parameters;
  std::string version;
  bool all_pages = false;
};

void declare(Arguments& arguments, ApiOptions& options) {
  arguments.positional("PRODUCT", options.product, "ecs, vpc, sts, or another with --api-version");
  arguments.positional("ACTION", options.action, "Such as DescribeInstances; in any case where the catalogue knows it");
  arguments.text("--api-version", "DATE", options.version, "Version of a product the catalogue does not know");
  arguments.flag("--all-pages", options.all_pages, "Fetch every page of a list, and join them");
  arguments.everything_else(
      "--Name VALUE", options.parameters,
      "The action's parameters: --RegionId x, --Tag.1.Key k, --InstanceId '[\"i-1\"]', --PublicKeyBody @file");
}

core::Result<ecs::Product> product_of(const ApiOptions& options) {
  if (!options.version.empty()) return ecs::Product{options.product, options.version};
  if (const auto product = catalogue::find_product(options.product)) return *product;
  const auto names = catalogue::product_names();
  const auto near = core::nearest(options.product, {names.begin(), names.end()});
  return core::fail(ErrorCode::bad_input, "unknown product '" + core::printable(options.product, 32) + "'" +
                                              (near ? "; did you mean " + *near + "?"
                                                    : "; give --api-version for one the catalogue does not know"));
}

std::string action_name(const ecs::Product& product, const std::string& typed) {
  if (catalogue::find_action(product, typed)) return typed;
  const auto near = catalogue::nearest_action(product, typed);
  return near && core::equal_ignoring_case(*near, typed) ? *near : typed;
}

bool knows(const std::optional<catalogue::Action>& action, const char* name) {
  return action && catalogue::find_parameter(*action, name) != nullptr;
}

/// A call, and what looks wrong with how it was typed.
struct TypedCall {
  ecs::Call call;
  std::vector<std::string> doubts;
};

core::Result<TypedCall> call_from(const ApiOptions& options, const std::string& region) {
  const auto product = product_of(options);
  if (!product) return tl::unexpected(product.error());
  const auto name = action_name(*product, options.action);
  const auto action = catalogue::find_action(*product, name);
  auto read = read_api_parameters(options.parameters, action);
  if (!read) return tl::unexpected(read.error());
  auto& parameters = read->wire;
  const auto given = parameters.find("RegionId");
  if (given != parameters.end() && !region.empty() && given->second != region) {
    read->doubts.push_back("--RegionId " + core::printable(given->second, 64) + " is asked for at the endpoint of " +
                           region + "; give --region too");
  }
  if (!region.empty() && knows(action, "RegionId")) parameters.try_emplace("RegionId", region);
  if (knows(action, "ClientToken")) parameters.try_emplace("ClientToken", ecs::random_hex());
  TypedCall typed{ecs::Call{*product, name, std::move(parameters)}, std::move(read->doubts)};
  for (auto& doubt : catalogue::doubts_about(typed.call)) typed.doubts.push_back(std::move(doubt));
  return typed;
}

/// Every scalar of the answer, a line each: "/Instances/Instance/0/Status  Running".
void add_rows(Table& table, const std::string& path, const core::Json& value) {
  if (value.is_object()) {
    for (const auto& [name, member] : value.items()) add_rows(table, path + "/" + name, member);
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) add_rows(table, path + "/" + std::to_string(i), value[i]);
  } else {
    const auto text = value.is_string() ? value.get<std::string>() : value.dump();
    table.rows.push_back({core::printable(path), core::printable(text)});
  }
}

void note_further_pages(Output& out, const ApiAnswer& answer) {
  if (!answer.more) return;
  const auto total = answer.total ? " of " + std::to_string(*answer.total) : std::string();
  out.note("further pages exist: this is " + std::to_string(answer.shown) + total + "; --all-pages fetches all");
}

Exit api(CloudSession& session, const ApiOptions& options) {
  const auto typed = call_from(options, session.client().region());
  if (!typed) {
    session.out().error(typed.error());
    return Exit::failed;
  }
  for (const auto& doubt : typed->doubts) session.out().warning(doubt);
  const auto answer = call_for_pages(session, typed->call, options.all_pages);
  if (!answer) return session.report_failure(answer.error());
  Table table{{{"PATH"}, {"VALUE", Align::left, true}}, {}, "an empty answer", false};
  if (session.out().style().format != Format::json) add_rows(table, "", answer->json);
  note_further_pages(session.out(), *answer);
  session.out().result(answer->json, table);
  return Exit::ok;
}

struct ListOptions {
  std::string product;
  std::string action;
};

/// The catalogue itself: products, a product's actions, or an action's parameters.
Exit actions(Context& context, const ListOptions& options) {
  Table table{{{"NAME"}}, {}, "none", false};
  core::Json json = core::Json::array();
  const auto add = [&](const std::string& name) {
    json.push_back(name);
    table.rows.push_back({Cell(name)});
  };
  const auto product = product_of({options.product, "", {}, ""});
  if (!product) {
    context.out.error(product.error());
    return Exit::failed;
  }
  if (options.action.empty()) {
    for (const auto& name : catalogue::action_names(*product)) add(name);
  } else if (const auto action = catalogue::find_action(*product, action_name(*product, options.action))) {
    for (const auto& name : catalogue::wire_names(*action)) add(name);
  } else {
    const auto near = catalogue::nearest_action(*product, options.action);
    context.out.error("no action '" + core::printable(options.action, 64) + "'" +
                      (near ? "; did you mean " + *near + "?" : ""));
    return Exit::not_found;
  }
  context.out.result(json, table);
  return Exit::ok;
}

/// The words that are neither options nor their values: the product and the action.
std::vector<std::string> plain_words(const std::vector<std::string>& words) {
  std::vector<std::string> plain;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!words[i].starts_with('-')) plain.push_back(words[i]);
    if (words[i].starts_with('-') && words[i].find('=') == std::string::npos) ++i;
  }
  return plain;
}

/// From the catalogue: products, then the product's actions, then the action's parameters as options.
std::vector<std::string> next_words(const std::vector<std::string>& before) {
  const auto plain = plain_words(before);
  if (plain.empty()) {
    const auto products = catalogue::product_names();
    return {products.begin(), products.end()};
  }
  const auto product = catalogue::find_product(plain[0]);
  if (!product) return {};
  if (plain.size() == 1) return catalogue::action_names(*product);
  const auto action = catalogue::find_action(*product, action_name(*product, plain[1]));
  if (!action) return {};
  auto names = catalogue::wire_names(*action);
  for (auto& name : names) {
    for (auto at = name.find(".N"); at != name.npos; at = name.find(".N", at)) name[at + 1] = '1';
    name.insert(0, "--");
  }
  return names;
}

}  // namespace

Command api_command() {
  auto command = cloud_command<ApiOptions>(
      "api", "Call any action of the control plane",
      "Parameters are passed on as they are: flat (--Tag.1.Key team), as JSON for lists and objects\n"
      "(--Tag '[{\"Key\":\"team\"}]'), or from a file, as it is (--PublicKeyBody @id_ed25519.pub; a value that starts "
      "with @\n"
      "is written @@). A list's parameter may be given several times; any other one given twice is an error. What the\n"
      "cloud wants in base64 has to be given so: --UserData \"$(base64 -w0 boot.sh)\". RegionId and\n"
      "ClientToken are added where the action takes them and they are not given. What the built-in catalogue doubts is "
      "warned\n"
      "about and sent all the same.\n\n"
      "  preemptctl api ecs DescribeInstances --InstanceIds '[\"i-bp1\"]' --output json --query "
      "/Instances/Instance/0/Status",
      declare, api);
  command.words = next_words;
  return command;
}

Command actions_command() {
  return {.path = "actions",
          .summary = "List the actions of a product, or the parameters of an action",
          .details = "From the built-in catalogue; nothing is asked.",
          .declare = with_options<ListOptions>(
              [](Arguments& arguments, ListOptions& options) {
                arguments.positional("PRODUCT", options.product, "ecs, vpc or sts");
                arguments.optional_positional("ACTION", options.action, "Show this action's parameters");
              },
              actions),
          .words = [](const std::vector<std::string>& before) {
            return plain_words(before).size() < 2 ? next_words(before) : std::vector<std::string>();
          }};
}

}  // namespace preemptd::cli
