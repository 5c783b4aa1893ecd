#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace preemptd::ecs {

using IniSection = std::map<std::string, std::string>;

/// One section of an INI text as the official SDKs read it: whole-line comments with # and ;, text after an unescaped #
/// or ; in a value dropped, quotes around a value keep it whole (as a JSON string where it is one), null and false are
/// empty. A heading is [name] from the line's first character to its last, its dots escaped; any other line is a member
/// or nothing. Unlike theirs, the lines below a heading with a comment behind it belong to no section, not to the one
/// before. Nothing: no such section.
std::optional<IniSection> ini_section(std::string_view text, std::string_view name);

}  // namespace preemptd::ecs
