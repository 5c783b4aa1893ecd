#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "ecs/client/client.h"
#include "ecs/client/paging.h"

/// How typed requests become parameters and answers become values: each type has one function that names its members,
/// `void fields(FieldWriter&, const Request&)` or `void fields(FieldReader&, Value&)`, found beside the type.
namespace preemptd::ecs {

/// A key and its value on any resource.
struct Tag {
  std::string key;
  std::string value;

  bool operator==(const Tag&) const = default;
};

/// Lays members over parameters. An empty text, an empty list and an absent optional send nothing.
class FieldWriter {
 public:
  explicit FieldWriter(Parameters& out, std::string prefix = {}) : out_(out), prefix_(std::move(prefix)) {}

  FieldWriter& operator()(std::string_view name, const std::string& value);
  FieldWriter& operator()(std::string_view name, const std::optional<std::string>& value);
  FieldWriter& operator()(std::string_view name, std::optional<std::int64_t> value);
  FieldWriter& operator()(std::string_view name, std::optional<double> value);
  FieldWriter& operator()(std::string_view name, std::optional<bool> value);
  /// Name.1, Name.2, …
  FieldWriter& operator()(std::string_view name, const std::vector<std::string>& values);
  /// Name.1.Member, …
  template <typename Item>
  FieldWriter& operator()(std::string_view name, const std::vector<Item>& items) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      FieldWriter inner(out_, full(name) + "." + std::to_string(i + 1) + ".");
      fields(inner, items[i]);
    }
    return *this;
  }
  /// One parameter with a JSON array, or with texts separated by commas: how some actions take many ids.
  FieldWriter& json(std::string_view name, const std::vector<std::string>& values);
  FieldWriter& comma(std::string_view name, const std::vector<std::string>& values);

 private:
  std::string full(std::string_view name) const { return prefix_ + std::string(name); }
  Parameters& out_;
  std::string prefix_;
};

/// Takes members out of an answer's object; what is missing or of another type leaves the member as it was.
class FieldReader {
 public:
  explicit FieldReader(JsonValue from) : from_(from) {}

  FieldReader& operator()(std::string_view name, std::string& into);
  FieldReader& operator()(std::string_view name, std::int64_t& into);
  FieldReader& operator()(std::string_view name, double& into);
  FieldReader& operator()(std::string_view name, std::optional<double>& into);
  FieldReader& operator()(std::string_view name, bool& into);
  FieldReader& operator()(std::string_view name, std::vector<std::string>& into);
  template <typename Item>
  FieldReader& operator()(std::string_view name, std::vector<Item>& into) {
    from_.at(name).each([&](const JsonValue& each) {
      FieldReader inner(each);
      fields(inner, into.emplace_back());
    });
    return *this;
  }
  FieldReader inside(std::string_view name) const { return FieldReader(from_.at(name)); }
  const JsonValue& value() const { return from_; }

 private:
  JsonValue from_;
};

void fields(FieldWriter& to, const Tag& tag);
/// Key/Value, and TagKey/TagValue as most ECS answers have it.
void fields(FieldReader& from, Tag& tag);

/// The call of a typed request, with the client's region as RegionId.
template <typename Request>
Call call_of(const Client& client, const Product& product, std::string action, const Request& request) {
  Call call{product, std::move(action), {}};
  if (!client.region().empty()) call.parameters["RegionId"] = client.region();
  FieldWriter to(call.parameters);
  fields(to, request);
  return call;
}

template <typename Value>
Value read_value(const JsonValue& from) {
  Value value{};
  FieldReader reader(from);
  fields(reader, value);
  return value;
}

/// Makes the call and reads its answer's root.
template <typename Value>
Result<Value> ask(Client& client, const Call& call, core::Deadline by) {
  auto answer = client.call(call, by);
  if (!answer) return tl::unexpected(std::move(answer.error()));
  return read_value<Value>(answer->json.root());
}

/// Makes a call that makes something, and gives the id in its answer's `member`; bad_reply when there is none.
Result<std::string> ask_for_id(Client& client, const Call& call, const char* member, core::Deadline by);

/// Reads all pages into one list.
template <typename Item>
Result<std::vector<Item>> ask_all(Client& client, Call call, Paging paging, std::vector<std::string> path,
                                  core::Deadline by) {
  std::vector<Item> items;
  Pages pages(client, std::move(call), paging, std::move(path), by);
  for (const JsonValue& each : pages) items.push_back(read_value<Item>(each));
  if (pages.failure()) return tl::unexpected(*pages.failure());
  return items;
}

/// Makes a call whose answer says no more than that it was accepted.
Result<void> perform(Client& client, const Call& call, core::Deadline by);

/// Makes a call that deletes what its id names. A lost answer is asked for again; where the cloud then does not know
/// the thing any more, it was deleted.
Result<void> remove(Client& client, Call call, core::Deadline by);

/// A request that names nothing but where it goes.
struct NoRequest {};
inline void fields(FieldWriter&, const NoRequest&) {}

}  // namespace preemptd::ecs
