#pragma once
#include <string>
#include <string_view>

/// The pages that are made out of the table of keys. The tests compare them with what is in the tree.
namespace preemptd::config {

/// packaging/preemptd.toml, whole.
std::string sample_text();
/// The part of docs/reference/configuration.md between its markers.
std::string reference_markdown();
/// The part of docs/man/preemptd.toml.5.md between its markers.
std::string manual_markdown();

inline constexpr std::string_view kMarkerBegin = "<!-- keys: made from the table in agent/config/keys.cpp -->\n";
inline constexpr std::string_view kMarkerEnd = "<!-- end of keys -->\n";

/// `page` with what stands between the markers replaced; `page` itself when it has none.
std::string with_generated_part(std::string_view page, std::string_view part);

}  // namespace preemptd::config
