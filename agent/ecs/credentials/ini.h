#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace preemptd::ecs {

using IniSection = std::map<std::string, std::string>;

/// One section of an INI text as the official SDKs read it: whole-line comments with # and ;, text after an unescaped # or ;
/// in a value dropped, quotes around a value keep it whole (double ones as a JSON string), and a comment behind [name] makes
/// the section unfindable. Unlike theirs, the lines below such a section then belong to none, not to the one before.
/// Nothing: no such section.
std::optional<IniSection> ini_section(std::string_view text, std::string_view name);

}  // namespace preemptd::ecs
