#pragma once
#include <string>
#include <string_view>

#include "core/json.h"
#include "core/result.h"

namespace preemptd::config {

/// A TOML document as JSON, for input that may come in either form. bad_input with toml++'s sentence; `name` is what
/// the document is called in it.
core::Result<core::Json> toml_as_json(std::string_view text, const std::string& name);

}  // namespace preemptd::config
