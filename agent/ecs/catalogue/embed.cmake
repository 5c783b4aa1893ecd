# Writes ${OUTPUT}: the catalogue's texts as C++ string constants. A raw literal of gcc may be as long as it likes.
foreach(product ecs vpc sts)
  file(READ ${FOLDER}/${product}.txt text)
  string(APPEND constants "extern const std::string_view k_${product}_actions = R\"catalogue(${text})catalogue\";\n")
endforeach()
file(WRITE ${OUTPUT} "#include <string_view>\n\nnamespace preemptd::ecs::catalogue {\n\n${constants}\n}  // namespace preemptd::ecs::catalogue\n")
