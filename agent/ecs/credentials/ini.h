#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace preemptd::ecs {

using IniSection = std::map<std::string, std::string>;

/// One section of an INI text as the official SDKs read it: whole-line comments with # and ;, text after an unescaped # or ;
/// in a value dropped, quotes around a value keep it whole, and a section line must be nothing but [name]. Nothing: no such
/// section.
std::optional<IniSection> ini_section(std::string_view text, std::string_view name);

}  // namespace preemptd::ecs
