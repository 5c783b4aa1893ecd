#include "ecs/client/fields.h"

#include <nlohmann/json.hpp>

#include "core/json.h"
#include "core/text.h"

namespace preemptd::ecs {

FieldWriter& FieldWriter::operator()(std::string_view name, const std::string& value) {
  if (!value.empty()) out_[full(name)] = value;
  return *this;
}

FieldWriter& FieldWriter::operator()(std::string_view name, const std::optional<std::string>& value) {
  if (value) out_[full(name)] = *value;
  return *this;
}

FieldWriter& FieldWriter::operator()(std::string_view name, std::optional<std::int64_t> value) {
  if (value) out_[full(name)] = std::to_string(*value);
  return *this;
}

FieldWriter& FieldWriter::operator()(std::string_view name, std::optional<double> value) {
  if (value) flatten(out_, full(name), core::Json(*value));
  return *this;
}

FieldWriter& FieldWriter::operator()(std::string_view name, std::optional<bool> value) {
  if (value) out_[full(name)] = *value ? "true" : "false";
  return *this;
}

FieldWriter& FieldWriter::operator()(std::string_view name, const std::vector<std::string>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) out_[full(name) + "." + std::to_string(i + 1)] = values[i];
  return *this;
}

FieldWriter& FieldWriter::json(std::string_view name, const std::vector<std::string>& values) {
  if (!values.empty()) out_[full(name)] = json_array(values);
  return *this;
}

FieldWriter& FieldWriter::comma(std::string_view name, const std::vector<std::string>& values) {
  return (*this)(name, core::join(values, ","));
}

FieldReader& FieldReader::operator()(std::string_view name, std::string& into) {
  if (const auto value = from_.at(name); value.exists()) into = value.text_or_empty();
  return *this;
}

FieldReader& FieldReader::operator()(std::string_view name, std::int64_t& into) {
  into = from_.at(name).integer().value_or(into);
  return *this;
}

FieldReader& FieldReader::operator()(std::string_view name, double& into) {
  into = from_.at(name).number().value_or(into);
  return *this;
}

FieldReader& FieldReader::operator()(std::string_view name, std::optional<double>& into) {
  if (const auto value = from_.at(name).number()) into = value;
  return *this;
}

FieldReader& FieldReader::operator()(std::string_view name, bool& into) {
  into = from_.at(name).boolean().value_or(into);
  return *this;
}

FieldReader& FieldReader::operator()(std::string_view name, std::vector<std::string>& into) {
  from_.at(name).each([&](const JsonValue& each) { into.push_back(each.text_or_empty()); });
  return *this;
}

void fields(FieldWriter& to, const Tag& tag) {
  to("Key", tag.key)("Value", std::optional(tag.value));
}

void fields(FieldReader& from, Tag& tag) {
  from("Key", tag.key)("TagKey", tag.key)("Value", tag.value)("TagValue", tag.value);
}

Result<std::string> ask_for_id(Client& client, const Call& call, const char* member, core::Deadline by) {
  auto answer = client.call(call, by);
  if (!answer) return tl::unexpected(std::move(answer.error()));
  auto id = answer->json.root().at(member).text_or_empty();
  if (id.empty()) return failed(*answer, call, core::ErrorCode::bad_reply, std::string("an answer without ") + member);
  return id;
}

Result<void> perform(Client& client, const Call& call, core::Deadline by) {
  auto answer = client.call(call, by);
  if (!answer) return tl::unexpected(std::move(answer.error()));
  return {};
}

Result<void> remove(Client& client, Call call, core::Deadline by) {
  call.harmless_to_repeat = true;
  auto sent = perform(client, call, by);
  if (sent) return sent;
  const auto& failure = sent.error();
  if (failure.may_have_happened && failure.server && is_not_found(*failure.server)) return {};
  return sent;
}

}  // namespace preemptd::ecs
