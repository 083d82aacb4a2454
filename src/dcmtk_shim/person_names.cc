#include "person_names.h"

#include "dcmtk/dcmdata/dcjson.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace cgw
{
namespace
{

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    for (std::size_t end; (end = text.find(separator)) != std::string_view::npos; text.remove_prefix(end + 1))
        parts.push_back(text.substr(0, end));
    parts.push_back(text);
    return parts;
}

std::string_view without_blanks(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(' ');
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(' ') + 1 - first);
}

/* A component group without what means nothing: blanks around components, carets behind the last one. */
std::string significant(std::string_view group)
{
    std::string result;
    std::size_t carets = 0;
    for (const std::string_view component : split(group, '^')) {
        const std::string_view text = without_blanks(component);
        if (!text.empty()) {
            result.append(carets, '^').append(text);
            carets = 0;
        }
        carets++;
    }
    return result;
}

constexpr std::array members = {"Alphabetic", "Ideographic", "Phonetic"}; /* PS3.18 F.2.2 */

using Groups = std::array<std::string, members.size()>;

Groups groups_of(std::string_view name)
{
    const std::vector<std::string_view> parts = split(name, '=');
    Groups groups;
    std::transform(parts.begin(), parts.begin() + static_cast<long>(std::min(parts.size(), groups.size())),
                   groups.begin(), significant);
    return groups;
}

bool is_empty(const Groups &groups)
{
    return std::all_of(groups.begin(), groups.end(), [](const std::string &group) { return group.empty(); });
}

void write_name(std::ostream &out, const Groups &groups)
{
    char before = '{';
    for (std::size_t i = 0; i < groups.size(); i++) {
        if (groups[i].empty())
            continue;
        out << before << '"' << members[i] << "\":";
        DcmJsonFormat::printValueString(out, OFString(groups[i].data(), groups[i].size()));
        before = ',';
    }
    out << (is_empty(groups) ? "null" : "}");
}

} // namespace

OFCondition PersonNames::writeJson(std::ostream &out, DcmJsonFormat &format)
{
    char *text = nullptr;
    Uint32 length = 0;
    const OFCondition condition = getString(text, length);
    const std::string_view field(text != nullptr ? text : "", text != nullptr ? length : 0);
    const std::vector<std::string_view> names = split(field, '\\');
    if (condition.bad() || (names.size() == 1 && is_empty(groups_of(names[0]))))
        return DcmPersonName::writeJson(out, format);
    writeJsonOpener(out, format);
    format.printValuePrefix(out);
    for (std::size_t i = 0; i < names.size(); i++) {
        if (i > 0)
            format.printNextArrayElementPrefix(out);
        write_name(out, groups_of(names[i]));
    }
    format.printValueSuffix(out);
    writeJsonCloser(out, format);
    return EC_Normal;
}

} // namespace cgw
